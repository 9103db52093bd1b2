# Adapt a detector with VideoPseudoLabelHook under `surgtools train`; `surgtools adapt` does this
# for both networks, with guards. The four files and folders below come from a run of `surgtools
# adapt` (OUT/work) or are given with --cfg-options; `load_from` is the network to start from.
_base_ = "../detection/rtmdet-tiny_60e_instruments-320x320.py"

work = "{{$SURGTOOLS_ADAPT:work_dirs/adapt/work}}"
max_epochs = 6
base_lr = 1e-4

train_dataloader = dict(
    persistent_workers=True,
    dataset=dict(
        _delete_=True,
        type="SourceReplayDataset",
        dataset={{_base_.train_dataloader.dataset}},
        pseudo=dict(type="InstrumentDetDataset", pipeline={{_base_.train_pipeline}}),
        pseudo_share=0.5,
        length=480,
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
        role="detector",
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
load_from = work + "/start/detector.pth"
