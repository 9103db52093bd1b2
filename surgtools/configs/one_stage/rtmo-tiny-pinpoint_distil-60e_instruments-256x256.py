# The student of `tools/label_for_student.py` for a machine without a card, in an hour. The first
# layers stay those of the detector. The rate stays, too: the mean of the weights takes the place
# of its fall, so that training may be stopped at any time.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines

train_pipeline, test_pipeline = box_pipelines(
    (256, 256),
    pack="PackOneStageInputs",
    annotations="raw_ann_info",
    scale=(0.75, 1.35),
    shift=0.15,
)

several_views = True  # of pictures, as a pair: four views raised keypoint AP, see RESULTS.md
model = dict(backbone=dict(frozen_stages=2), head=dict(type="PinpointRTMOHead"))
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5), neck=dict(lr_mult=0.5))),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-2, begin=0, end=1, convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=8)
