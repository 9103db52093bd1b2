# RTMO on drawn pictures; see detector.py.
_base_ = "../../configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines

max_epochs = 20
base_lr = 2e-3
size = (128, 128)
model = dict(
    backbone=dict(widen_factor=0.25),
    neck=dict(in_channels=[64, 128, 256], out_channels=64),
    head=dict(head_module_cfg=dict(in_channels=64, cls_feat_channels=64, channels_per_group=64)),
)
train_pipeline = [
    dict(type="LoadInstrumentImage"),
    dict(type="RandomWarp", size=size, scale=(0.7, 1.2), shift=0.1, tilt=0.03),
    dict(type="RandomPhotometric", prob=0.3),
    dict(type="PackOneStageInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape")),
]
_, test_pipeline = box_pipelines(size, pack="PackOneStageInputs", annotations="raw_ann_info")
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-3, begin=0, end=1, convert_to_iter_based=True),
    dict(
        type="CosineAnnealingLR",
        eta_min=base_lr * 0.01,
        begin=1,
        end=max_epochs,
        T_max=max_epochs - 1,
        convert_to_iter_based=True,
    ),
]
