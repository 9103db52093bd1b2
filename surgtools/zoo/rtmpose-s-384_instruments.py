auto_scale_lr = dict(base_batch_size=32)
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
    badcase=dict(
        _scope_='mmpose',
        badcase_thr=5,
        enable=False,
        metric_type='loss',
        out_dir='badcase',
        type='BadCaseAnalysisHook'),
    checkpoint=dict(
        _scope_='mmpose',
        interval=1,
        max_keep_ckpts=2,
        rule='greater',
        save_best='keypoints/AP',
        type='CheckpointHook'),
    logger=dict(_scope_='mmpose', interval=10, type='LoggerHook'),
    param_scheduler=dict(_scope_='mmpose', type='ParamSchedulerHook'),
    sampler_seed=dict(_scope_='mmpose', type='DistSamplerSeedHook'),
    timer=dict(_scope_='mmpose', type='IterTimerHook'),
    visualization=dict(
        _scope_='mmpose', enable=False, type='PoseVisualizationHook'))
default_scope = 'mmpose'
env_cfg = dict(
    cudnn_benchmark=False,
    dist_cfg=dict(backend='nccl'),
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
load_from = None
log_level = 'INFO'
log_processor = dict(
    _scope_='mmpose',
    by_epoch=True,
    num_digits=6,
    type='LogProcessor',
    window_size=50)
model = dict(
    _scope_='mmpose',
    backbone=dict(
        _scope_='mmdet',
        act_cfg=dict(type='SiLU'),
        arch='P5',
        channel_attention=True,
        deepen_factor=0.33,
        expand_ratio=0.5,
        init_cfg=None,
        norm_cfg=dict(type='BN'),
        out_indices=(4, ),
        type='CSPNeXt',
        widen_factor=0.5),
    data_preprocessor=dict(
        bgr_to_rgb=True,
        mean=[
            123.675,
            116.28,
            103.53,
        ],
        std=[
            58.395,
            57.12,
            57.375,
        ],
        type='PoseDataPreprocessor'),
    head=dict(
        decoder=dict(input_size=(
            384,
            384,
        ), sigma=6.93, type='UnionSimCC'),
        final_layer_kernel_size=7,
        gau_cfg=dict(
            act_fn='SiLU',
            drop_path=0.0,
            dropout_rate=0.0,
            expansion_factor=2,
            hidden_dims=256,
            pos_enc=False,
            s=128,
            use_rel_bias=False),
        in_channels=512,
        in_featuremap_size=(
            12,
            12,
        ),
        input_size=(
            384,
            384,
        ),
        loss=dict(type='SimCCKLLoss'),
        out_channels=None,
        presence_weight=1.0,
        simcc_split_ratio=2.0,
        type='InstrumentRTMCCHead'),
    test_cfg=dict(flip_test=True),
    type='TopdownPoseEstimator')
optim_wrapper = dict(
    _scope_='mmpose',
    clip_grad=dict(max_norm=5.0),
    optimizer=dict(lr=0.002, type='AdamW', weight_decay=0.01),
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
randomness = dict(seed=21)
resume = False
test_cfg = dict()
test_dataloader = dict(
    batch_size=32,
    dataset=dict(
        ann_file='val/coco_keypoints.json',
        data_prefix=dict(img='val/images/'),
        data_root='data/instruments',
        pipeline=[
            dict(type='LoadInstrumentImage'),
            dict(type='GetBBoxCenterScale'),
            dict(input_size=(
                384,
                384,
            ), type='TopdownAffine'),
            dict(type='PackPoseInputs'),
        ],
        test_mode=True,
        type='InstrumentDataset'),
    drop_last=False,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(
        _scope_='mmpose', round_up=False, shuffle=False,
        type='DefaultSampler'))
test_evaluator = dict(type='InstrumentMetric')
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=5)
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        ann_file='train/coco_keypoints.json',
        data_prefix=dict(img='train/images/'),
        data_root='data/instruments',
        negatives=dict(),
        pipeline=[
            dict(layer_prob=0.7, type='LoadInstrumentImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='InstrumentFlip'),
            dict(
                rotate_factor=180,
                rotate_prob=0.9,
                scale_factor=(
                    0.85,
                    1.4,
                ),
                shift_factor=0.08,
                type='RandomBBoxTransform'),
            dict(input_size=(
                384,
                384,
            ), type='TopdownAffine'),
            dict(type='RecomposeBackground'),
            dict(type='RandomOcclude'),
            dict(type='RandomPhotometric'),
            dict(type='RandomDegrade'),
            dict(
                encoder=dict(
                    input_size=(
                        384,
                        384,
                    ), sigma=6.93, type='UnionSimCC'),
                type='GenerateTarget'),
            dict(type='PackPoseInputs'),
        ],
        type='InstrumentDataset'),
    num_workers=2,
    persistent_workers=True,
    sampler=dict(_scope_='mmpose', shuffle=True, type='DefaultSampler'))
val_cfg = dict()
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
        ann_file='val/coco_keypoints.json',
        data_prefix=dict(img='val/images/'),
        data_root='data/instruments',
        pipeline=[
            dict(type='LoadInstrumentImage'),
            dict(type='GetBBoxCenterScale'),
            dict(input_size=(
                384,
                384,
            ), type='TopdownAffine'),
            dict(type='PackPoseInputs'),
        ],
        test_mode=True,
        type='InstrumentDataset'),
    drop_last=False,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(
        _scope_='mmpose', round_up=False, shuffle=False,
        type='DefaultSampler'))
val_evaluator = dict(type='InstrumentMetric')
visualizer = dict(
    _scope_='mmpose',
    name='visualizer',
    type='PoseLocalVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
    ])
