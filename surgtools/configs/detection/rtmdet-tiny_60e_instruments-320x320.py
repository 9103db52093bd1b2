_base_ = [
    "../_base_/instruments.py",
    "mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py",
]
from surgtools.configs.pipelines import box_pipelines

custom_imports = dict(imports=["surgtools.register"], allow_failed_imports=False)

base_lr = 2e-3
size = (320, 320)

model = dict(
    backbone=dict(norm_cfg=dict(type="BN"), init_cfg=None),
    neck=dict(norm_cfg=dict(type="BN")),
    bbox_head=dict(type="InstrumentRTMDetHead", num_classes=None, norm_cfg=dict(type="BN")),
    test_cfg=dict(nms_pre=1000, max_per_img=50),
)

train_pipeline, test_pipeline = box_pipelines(size)

train_dataloader = dict(
    batch_size=16,
    num_workers={{_base_.num_workers}},
    pin_memory=False,
    dataset=dict(
        _delete_=True,
        type="InstrumentDetDataset",
        data_root={{_base_.instruments_root}},
        ann_file="train/coco_keypoints.json",
        data_prefix=dict(img="train/images/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=16,
    num_workers={{_base_.num_workers}},
    dataset=dict(
        _delete_=True,
        type="InstrumentDetDataset",
        data_root={{_base_.instruments_root}},
        ann_file="val/coco_keypoints.json",
        data_prefix=dict(img="val/images/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type="InstrumentBoxMetric")
test_evaluator = val_evaluator

train_cfg = dict(max_epochs={{_base_.epochs}}, val_interval=5, dynamic_intervals=None)
optim_wrapper = dict(optimizer=dict(lr=base_lr), clip_grad=dict(max_norm=35.0))
param_scheduler = {{_base_.warm_up_and_cosine}}
auto_scale_lr = dict(base_batch_size=16)

default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(interval=1, save_best="boxes/AP", rule="greater", max_keep_ckpts=2),
)
custom_hooks = {{_base_.training_hooks}}
