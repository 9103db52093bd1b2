_base_ = [
    "../_base_/instruments.py",
    "mmpose::body_3d_keypoint/video_pose_lift/h36m/"
    "video-pose-lift_tcn-1frm-supv-cpn-ft_8xb128-160e_h36m.py",
]

custom_imports = dict(imports=["surgtools.register"], allow_failed_imports=False)

codec = dict(_delete_=True, type="UnionLifting")
lifting = dict(type="UnionLifting")

model = dict(
    type="InstrumentLifter",
    backbone=dict(stem_channels=256, num_blocks=2, kernel_sizes=(1, 1, 1), dropout=0.1),
    head=dict(
        in_channels=256,
        loss=dict(type="MPJPELoss", use_target_weight=True),
        decoder=dict(_delete_=True, type="UnionLifting"),
    ),
)

pack = dict(type="PackPoseInputs", meta_keys=("id", "img_id", "category_id", "target_root"))
train_pipeline = [dict(type="JitterKeypoints"), dict(type="GenerateTarget", encoder=lifting), pack]
test_pipeline = [dict(type="GenerateTarget", encoder=lifting), pack]

train_dataloader = dict(
    batch_size=256,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        _delete_=True,
        type="InstrumentLiftingDataset",
        data_root={{_base_.instruments_root}},
        ann_file="train/coco_keypoints.json",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=256,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        _delete_=True,
        type="InstrumentLiftingDataset",
        data_root={{_base_.instruments_root}},
        ann_file="val/coco_keypoints.json",
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type="SimpleMPJPE", mode="mpjpe")]
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=80, val_interval=10)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=2e-3), clip_grad=dict(max_norm=5.0))
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-2, begin=0, end=2, convert_to_iter_based=True),
    dict(
        type="CosineAnnealingLR",
        eta_min_ratio=0.01,
        begin=2,
        end=80,
        T_max=78,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(base_batch_size=256)
custom_hooks = [
    dict(type="FiniteLossHook"),
    dict(type="RepeatableEpochHook"),
    dict(type="ProvenanceHook"),
]
