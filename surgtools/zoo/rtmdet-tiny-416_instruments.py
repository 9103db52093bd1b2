auto_scale_lr = dict(base_batch_size=16, enable=False)
custom_hooks = [
    dict(
        ema_type='ExpMomentumEMA',
        gamma=300,
        momentum=0.002,
        priority=49,
        type='EMAHook',
        update_buffers=True),
    dict(type='FiniteLossHook'),
    dict(type='RepeatableEpochHook'),
    dict(type='ChannelsLastHook'),
    dict(type='ProvenanceHook'),
]
custom_imports = dict(
    allow_failed_imports=False, imports=[
        'surgtools.register',
    ])
default_hooks = dict(
    checkpoint=dict(
        _scope_='mmdet',
        interval=1,
        max_keep_ckpts=2,
        rule='greater',
        save_best='boxes/AP',
        type='CheckpointHook'),
    logger=dict(_scope_='mmdet', interval=10, type='LoggerHook'),
    param_scheduler=dict(_scope_='mmdet', type='ParamSchedulerHook'),
    sampler_seed=dict(_scope_='mmdet', type='DistSamplerSeedHook'),
    timer=dict(_scope_='mmdet', type='IterTimerHook'),
    visualization=dict(_scope_='mmdet', type='DetVisualizationHook'))
default_scope = 'mmdet'
env_cfg = dict(
    cudnn_benchmark=False,
    dist_cfg=dict(backend='nccl'),
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
load_from = None
log_level = 'INFO'
log_processor = dict(
    _scope_='mmdet', by_epoch=True, type='LogProcessor', window_size=50)
model = dict(
    _scope_='mmdet',
    backbone=dict(
        act_cfg=dict(inplace=True, type='SiLU'),
        arch='P5',
        channel_attention=True,
        deepen_factor=0.167,
        expand_ratio=0.5,
        init_cfg=None,
        norm_cfg=dict(type='BN'),
        type='CSPNeXt',
        widen_factor=0.375),
    bbox_head=dict(
        act_cfg=dict(inplace=True, type='SiLU'),
        anchor_generator=dict(
            offset=0, strides=[
                8,
                16,
                32,
            ], type='MlvlPointGenerator'),
        bbox_coder=dict(type='DistancePointBBoxCoder'),
        exp_on_reg=False,
        feat_channels=96,
        in_channels=96,
        loss_bbox=dict(loss_weight=2.0, type='GIoULoss'),
        loss_cls=dict(
            beta=2.0,
            loss_weight=1.0,
            type='QualityFocalLoss',
            use_sigmoid=True),
        norm_cfg=dict(type='BN'),
        num_classes=None,
        pred_kernel_size=1,
        share_conv=True,
        stacked_convs=2,
        type='InstrumentRTMDetHead',
        with_objectness=False),
    data_preprocessor=dict(
        batch_augments=None,
        bgr_to_rgb=False,
        mean=[
            103.53,
            116.28,
            123.675,
        ],
        std=[
            57.375,
            57.12,
            58.395,
        ],
        type='DetDataPreprocessor'),
    neck=dict(
        act_cfg=dict(inplace=True, type='SiLU'),
        expand_ratio=0.5,
        in_channels=[
            96,
            192,
            384,
        ],
        norm_cfg=dict(type='BN'),
        num_csp_blocks=1,
        out_channels=96,
        type='CSPNeXtPAFPN'),
    test_cfg=dict(
        max_per_img=50,
        min_bbox_size=0,
        nms=dict(iou_threshold=0.65, type='nms'),
        nms_pre=1000,
        score_thr=0.001),
    train_cfg=dict(
        allowed_border=-1,
        assigner=dict(topk=13, type='DynamicSoftLabelAssigner'),
        debug=False,
        pos_weight=-1),
    type='RTMDet')
optim_wrapper = dict(
    _scope_='mmdet',
    clip_grad=dict(max_norm=35.0),
    optimizer=dict(lr=0.002, type='AdamW', weight_decay=0.05),
    paramwise_cfg=dict(
        bias_decay_mult=0, bypass_duplicate=True, norm_decay_mult=0),
    type='OptimWrapper')
param_scheduler = [
    dict(
        begin=0,
        convert_to_iter_based=True,
        end=2,
        start_factor=0.001,
        type='LinearLR'),
    dict(
        T_max=58,
        begin=2,
        convert_to_iter_based=True,
        end=60,
        eta_min_ratio=0.01,
        type='CosineAnnealingLR'),
]
resume = False
test_cfg = dict(_scope_='mmdet', type='TestLoop')
test_dataloader = dict(
    batch_size=16,
    dataset=dict(
        ann_file='val/coco_keypoints.json',
        data_prefix=dict(img='val/images/'),
        data_root='data/instruments',
        pipeline=[
            dict(type='LoadInstrumentImage'),
            dict(keep_ratio=True, scale=(
                416,
                416,
            ), type='Resize'),
            dict(
                pad_val=dict(img=(
                    114,
                    114,
                    114,
                )),
                size=(
                    416,
                    416,
                ),
                type='Pad'),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                    'scale_factor',
                    'instances',
                ),
                type='PackDetInputs'),
        ],
        test_mode=True,
        type='InstrumentDetDataset'),
    drop_last=False,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(_scope_='mmdet', shuffle=False, type='DefaultSampler'))
test_evaluator = dict(type='InstrumentBoxMetric')
train_cfg = dict(
    _scope_='mmdet',
    dynamic_intervals=None,
    max_epochs=60,
    type='EpochBasedTrainLoop',
    val_interval=5)
train_dataloader = dict(
    batch_sampler=None,
    batch_size=16,
    dataset=dict(
        ann_file='train/coco_keypoints.json',
        data_prefix=dict(img='train/images/'),
        data_root='data/instruments',
        pipeline=[
            dict(layer_prob=0.7, type='LoadInstrumentImage'),
            dict(scale=(
                0.6,
                1.5,
            ), size=(
                416,
                416,
            ), type='RandomWarp'),
            dict(black_prob=0.0, type='RecomposeBackground'),
            dict(prob=0.2, type='RandomOcclude'),
            dict(type='RandomPhotometric'),
            dict(type='RandomDegrade'),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                ),
                type='PackDetInputs'),
        ],
        type='InstrumentDetDataset'),
    num_workers=2,
    persistent_workers=True,
    pin_memory=False,
    sampler=dict(_scope_='mmdet', shuffle=True, type='DefaultSampler'))
val_cfg = dict(_scope_='mmdet', type='ValLoop')
val_dataloader = dict(
    batch_size=16,
    dataset=dict(
        ann_file='val/coco_keypoints.json',
        data_prefix=dict(img='val/images/'),
        data_root='data/instruments',
        pipeline=[
            dict(type='LoadInstrumentImage'),
            dict(keep_ratio=True, scale=(
                416,
                416,
            ), type='Resize'),
            dict(
                pad_val=dict(img=(
                    114,
                    114,
                    114,
                )),
                size=(
                    416,
                    416,
                ),
                type='Pad'),
            dict(
                meta_keys=(
                    'img_id',
                    'img_path',
                    'ori_shape',
                    'img_shape',
                    'scale_factor',
                    'instances',
                ),
                type='PackDetInputs'),
        ],
        test_mode=True,
        type='InstrumentDetDataset'),
    drop_last=False,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(_scope_='mmdet', shuffle=False, type='DefaultSampler'))
val_evaluator = dict(type='InstrumentBoxMetric')
visualizer = dict(
    _scope_='mmdet',
    name='visualizer',
    type='DetLocalVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
    ])
