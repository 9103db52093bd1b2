# The same on features of photographs: EfficientNet-Lite0 with its ImageNet weights, frozen up to
# stride 8. `python tools/stitch_backbone.py` writes what training starts from, for `load_from`.
# It looks at half the lines of a 1080p frame: held instruments are too small at 640 pixels.
_base_ = "./rtmdet-tiny_60e_instruments-640x640.py"
from surgtools.configs.pipelines import composed_pipelines

model = dict(
    data_preprocessor=dict(mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True),
    backbone=dict(
        _delete_=True, type="EfficientNetLite0", frozen_stages=3, adapters=(96, 192, 384)
    ),
)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={"backbone.stages": dict(lr_mult=0.25)},
    ),
)

train_pipeline, test_pipeline = composed_pipelines((384, 384), (960, 544), {{_base_.photographs}})

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
