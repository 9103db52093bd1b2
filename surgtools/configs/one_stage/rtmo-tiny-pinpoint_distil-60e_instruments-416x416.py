# Goes on from the weights of the config for 256 pixels, with more pixels and a rate that falls to
# nothing. Two of five pictures are shown with fewer pixels, up to twelve times fewer on each side
# of the input. Corrected keypoints that are off cost more. So does a thing that is taken for an
# instrument: `alpha` is the weight of what is none.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines

train_pipeline, test_pipeline = box_pipelines(
    (416, 416),
    pack="PackOneStageInputs",
    annotations="raw_ann_info",
    scale=(0.75, 1.35),
    shift=0.15,
)
train_pipeline.insert(3, dict(type="LowResolution", factors=(1, 2, 4, 6, 8, 10, 12), prob=0.4))

several_views = True  # of pictures, as a pair: four views raised keypoint AP, see RESULTS.md
model = dict(
    backbone=dict(frozen_stages=2),
    head=dict(
        type="PinpointRTMOHead", sharp_weight=5.0, loss_cls=dict(alpha=2.5, loss_weight=2.0)
    ),
)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5), neck=dict(lr_mult=0.5))),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.1, begin=0, end=40, by_epoch=False),
    dict(
        type="CosineAnnealingLR",
        eta_min_ratio=0.005,
        begin=0,
        end={{_base_.epochs}},
        T_max={{_base_.epochs}},
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(base_batch_size=8)
