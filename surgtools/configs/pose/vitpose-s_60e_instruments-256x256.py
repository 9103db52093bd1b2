_base_ = [
    "../_base_/instruments.py",
    "mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py",
]
from surgtools.configs.pipelines import pose_pipelines

custom_imports = dict(
    imports=[
        "surgtools.register",
        "mmpose.engine.optim_wrappers.layer_decay_optim_wrapper",
    ],
    allow_failed_imports=False,
)

size = (256, 256)
heatmap = dict(type="UnionHeatmap", input_size=size, heatmap_size=(64, 64), sigma=2)
codec = heatmap

model = dict(
    backbone=dict(img_size=size, init_cfg=None),
    head=dict(
        type="InstrumentHeatmapHead",
        out_channels=None,
        decoder=heatmap,
        presence_weight=1e-3,
    ),
)

train_pipeline, test_pipeline = pose_pipelines(size, encoder=heatmap, use_udp=True)

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
param_scheduler = {{_base_.warm_up_and_cosine}}
auto_scale_lr = dict(base_batch_size=32)

default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(interval=1, save_best="keypoints/AP", rule="greater", max_keep_ckpts=2),
)
custom_hooks = {{_base_.training_hooks}}
