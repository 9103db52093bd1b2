# What every config of surgtools shares. The data folder is `surgtools train --data DIR`, or the
# environment variable SURGTOOLS_DATA under the hosts' own tools. The hosts' recipes define
# `param_scheduler` and `custom_hooks` themselves, so a config takes ours from here by name.
import os

instruments_root = "{{$SURGTOOLS_DATA:data/instruments}}"
# A folder of pictures without any instrument, such as COCO's or empty frames of one's own:
# grounds and empty training pictures of the configs that compose their frames.
photographs = os.environ.get("SURGTOOLS_PHOTOGRAPHS")
num_workers = max(1, min(8, (os.cpu_count() or 2) // 2))

epochs = 60
warm_up_and_cosine = [
    dict(type="LinearLR", start_factor=1e-3, begin=0, end=2, convert_to_iter_based=True),
    dict(
        type="CosineAnnealingLR",
        eta_min_ratio=0.01,
        begin=2,
        end=epochs,
        T_max=epochs - 2,
        convert_to_iter_based=True,
    ),
]
training_hooks = [
    dict(
        type="EMAHook",
        ema_type="ExpMomentumEMA",
        momentum=0.002,
        gamma=300,
        update_buffers=True,
        priority=49,
    ),
    dict(type="FiniteLossHook"),
    dict(type="RepeatableEpochHook"),
    dict(type="ChannelsLastHook"),
    dict(type="ProvenanceHook"),
]
