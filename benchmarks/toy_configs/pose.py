# RTMPose-t on drawn pictures; see detector.py.
_base_ = "../../configs/pose/rtmpose-s_60e_instruments-256x256.py"
from surgtools.configs.pipelines import pose_pipelines

max_epochs = 20
base_lr = 2e-3
size = (128, 128)
simcc = dict(type="UnionSimCC", input_size=size, sigma=4.0)
model = dict(
    backbone=dict(deepen_factor=0.167, widen_factor=0.375),
    head=dict(
        in_channels=384,
        input_size=size,
        in_featuremap_size=(4, 4),
        decoder=dict(_delete_=True, **simcc),
    ),
)
train_pipeline = [
    dict(type="LoadInstrumentImage"),
    dict(type="GetBBoxCenterScale"),
    dict(type="InstrumentFlip"),
    dict(
        type="RandomBBoxTransform",
        shift_factor=0.1,
        scale_factor=(0.8, 1.2),
        rotate_factor=180,
        rotate_prob=0.9,
    ),
    dict(type="TopdownAffine", input_size=size),
    dict(type="RandomPhotometric", prob=0.3),
    dict(type="GenerateTarget", encoder=simcc),
    dict(type="PackPoseInputs"),
]
_, test_pipeline = pose_pipelines(size, encoder=simcc)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
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
