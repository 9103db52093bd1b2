_base_ = [
    "../_base_/instruments.py",
    "mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py",
]
from surgtools.configs.pipelines import pose_pipelines

custom_imports = dict(imports=["surgtools.register"], allow_failed_imports=False)

base_lr = 2e-3

size = (256, 256)
simcc = dict(type="UnionSimCC", input_size=size, sigma=5.66)
codec = dict(_delete_=True, **simcc)

model = dict(
    backbone=dict(norm_cfg=dict(type="BN"), init_cfg=None),
    head=dict(
        type="InstrumentRTMCCHead",
        out_channels=None,
        input_size=size,
        in_featuremap_size=(8, 8),
        loss=dict(_delete_=True, type="SimCCKLLoss"),
        presence_weight=1.0,
        decoder=codec,
    ),
)

train_pipeline, test_pipeline = pose_pipelines(size, encoder=simcc)

train_dataloader = dict(
    batch_size=32,
    num_workers={{_base_.num_workers}},
    dataset=dict(
        _delete_=True,
        type="InstrumentDataset",
        data_root={{_base_.instruments_root}},
        ann_file="train/coco_keypoints.json",
        data_prefix=dict(img="train/images/"),
        negatives=dict(),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers={{_base_.num_workers}},
    dataset=dict(
        _delete_=True,
        type="InstrumentDataset",
        data_root={{_base_.instruments_root}},
        ann_file="val/coco_keypoints.json",
        data_prefix=dict(img="val/images/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type="InstrumentMetric")
test_evaluator = val_evaluator

train_cfg = dict(max_epochs={{_base_.epochs}}, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=base_lr, weight_decay=0.01), clip_grad=dict(max_norm=5.0))
param_scheduler = {{_base_.warm_up_and_cosine}}
auto_scale_lr = dict(base_batch_size=32)

default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(interval=1, save_best="keypoints/AP", rule="greater", max_keep_ckpts=2),
)
custom_hooks = {{_base_.training_hooks}}
