# RTMO on backbone and neck of the detector beside it, whose checkpoint is the best start:
# `tools/start_one_stage.py`. The branches of the head are as wide as the detector's, and boxes
# come after as many layers.
_base_ = "../detection/rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs.pipelines import box_pipelines

channels = 96
strides = (16, 32)

model = dict(
    _delete_=True,
    type="InstrumentRTMO",
    data_preprocessor={{_base_.model.data_preprocessor}},
    backbone={{_base_.model.backbone}},
    neck={{_base_.model.neck}},
    head=dict(
        type="InstrumentRTMOHead",
        featmap_strides=strides,
        head_module_cfg=dict(
            in_channels=channels,
            cls_feat_channels=channels,
            num_groups=1,
            channels_per_group=channels,
            pose_vec_channels=256,
            stacked_convs=2,
            norm_cfg=dict(type="BN"),
            act_cfg=dict(type="SiLU", inplace=True),
        ),
        assigner=dict(
            type="SimOTAAssigner",
            dynamic_k_indicator="iou",
            oks_calculator=dict(type="PoseOKS", metainfo=None),
            use_keypoints_for_center=True,
        ),
        prior_generator=dict(type="MlvlPointGenerator", strides=strides, offset=0),
        dcc_cfg=dict(
            in_channels=256,
            feat_channels=128,
            num_bins=(128, 128),
            spe_channels=128,
            gau_cfg=dict(
                s=128,
                expansion_factor=2,
                dropout_rate=0.0,
                drop_path=0.0,
                act_fn="SiLU",
                pos_enc="add",
            ),
        ),
        overlaps_power=0.5,
        loss_cls=dict(type="VariFocalLoss", reduction="sum", use_target_weight=True),
        loss_bbox=dict(type="IoULoss", mode="linear", reduction="sum", loss_weight=5.0),
        loss_oks=dict(type="OKSLoss", norm_target_weight=True, loss_weight=5.0),
        loss_vis=dict(type="BCELoss", loss_weight=1.0),
        loss_mle=dict(type="MLECCLoss", use_target_weight=True, loss_weight=2.0),
    ),
)

train_pipeline, test_pipeline = box_pipelines(
    (416, 416), pack="PackOneStageInputs", annotations="raw_ann_info"
)

train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type="InstrumentMetric")
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(save_best="keypoints/AP"))
