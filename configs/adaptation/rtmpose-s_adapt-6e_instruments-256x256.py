# Adapt a pose network with VideoPseudoLabelHook; see the detector's config beside this one.
# `labels="soft"` in the hook needs no other pipeline, see `PseudoLabelTrust`.
_base_ = "../pose/rtmpose-s_60e_instruments-256x256.py"

work = "{{$SURGTOOLS_ADAPT:work_dirs/adapt/work}}"
max_epochs = 6
base_lr = 2e-4

train_pipeline = [
    dict(type="LoadInstrumentImage", layer_prob=0.7),
    dict(type="GetBBoxCenterScale"),
    dict(type="InstrumentFlip"),
    dict(
        type="RandomBBoxTransform",
        shift_factor=0.1,
        scale_factor=(0.7, 1.4),
        rotate_factor=180,
        rotate_prob=0.9,
    ),
    dict(type="RandomPerspective", input_size=(256, 256)),
    dict(type="RecomposeBackground"),
    dict(type="RandomOcclude"),
    dict(type="RandomPhotometric"),
    dict(type="RandomDegrade"),
    dict(type="GenerateTarget", encoder={{_base_.simcc}}),
    dict(type="PseudoLabelTrust"),
    dict(type="PackPoseInputs"),
]
train_dataloader = dict(
    persistent_workers=True,
    dataset=dict(
        _delete_=True,
        type="SourceReplayDataset",
        dataset=dict(
            type="InstrumentDataset",
            data_root={{_base_.instruments_root}},
            ann_file="train/coco_keypoints.json",
            data_prefix=dict(img="train/images/"),
            negatives=dict(),
            pipeline=train_pipeline,
        ),
        pseudo=dict(type="InstrumentDataset", pipeline=train_pipeline),
        pseudo_share=0.5,
        length=960,
    ),
)
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.05, by_epoch=False, begin=0, end=10),
    dict(
        type="CosineAnnealingLR",
        eta_min=base_lr * 0.05,
        begin=0,
        end=max_epochs,
        T_max=max_epochs,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [
    dict(type="EMAHook", momentum=0.033, update_buffers=True, priority=49),
    dict(
        type="VideoPseudoLabelHook",
        role="pose",
        interval=2,
        pool=work + "/pool",
        knowledge=work + "/knowledge.json",
        reference=work + "/reference.json",
        first_look=work + "/first_look.npz",
        proposer=dict(
            type="PairProposer",
            det_model=work + "/start/detector.py",
            det_weights=work + "/start/detector.pth",
            pose2d=work + "/start/pose.py",
            pose2d_weights=work + "/start/pose.pth",
        ),
    ),
    dict(type="FiniteLossHook"),
    dict(type="ProvenanceHook"),
]
load_from = work + "/start/pose.pth"
