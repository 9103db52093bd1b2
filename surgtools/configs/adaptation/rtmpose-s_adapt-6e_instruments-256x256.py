# Adapt a pose network with VideoPseudoLabelHook; see the detector's config beside this one.
# `labels="soft"` in the hook needs no other pipeline, see `PseudoLabelTrust`.
_base_ = "../pose/rtmpose-s_60e_instruments-256x256.py"
from surgtools.configs import adaptation_recipe as recipe

role = "pose"
work = "{{$SURGTOOLS_ADAPT:work_dirs/adapt/work}}"
max_epochs = recipe.EPOCHS
base_lr = recipe.LR[role]
length = recipe.EPOCH_LENGTH[role]
batch_size = 32

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
load_from = work + "/start/pose.pth"
