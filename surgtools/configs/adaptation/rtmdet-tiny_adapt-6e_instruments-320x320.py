# Adapt a detector with VideoPseudoLabelHook under `surgtools train`; `surgtools adapt` does this
# for both networks, with guards. The files below come from a run of `surgtools adapt` (OUT/work),
# which SURGTOOLS_ADAPT names, or are given with --cfg-options.
_base_ = "../detection/rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs import adaptation_recipe as recipe

role = "detector"
work = "{{$SURGTOOLS_ADAPT:work_dirs/adapt/work}}"
max_epochs = recipe.EPOCHS
base_lr = recipe.LR[role]
length = recipe.EPOCH_LENGTH[role]
batch_size = 16

train_dataloader = dict(
    batch_size=batch_size,
    persistent_workers=True,
    dataset=dict(
        _delete_=True,
        **recipe.replay(_base_.train_dataloader.dataset, role, length=length),
    ),
)
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = recipe.schedule(base_lr, max_epochs)
custom_hooks = [
    recipe.teacher_hook(recipe.teacher_momentum(max_epochs, length, batch_size)),
    recipe.pseudo_label_hook(role, work),
    dict(type="FiniteLossHook"),
    dict(type="ProvenanceHook"),
]
load_from = work + "/start/detector.pth"
