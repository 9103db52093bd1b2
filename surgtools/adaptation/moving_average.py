"""The moving average of the network that is trained, which teaches it."""

import torch
from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from surgtools.errors import InputError
from surgtools.hosts.model_wrapper import without_wrapper


def find_ema(runner: Runner) -> torch.nn.Module:
    """The moving average of the student.

    Raises:
        InputError: there is none, or it would leave out the buffers: BatchNorm statistics that
            stay at their start make a teacher that answers at chance.
    """
    hook = next((hook for hook in runner.hooks if isinstance(hook, EMAHook)), None)
    if hook is None:
        raise InputError("teacher='ema' needs EMAHook in custom_hooks, or set teacher='frozen'")
    if not hook.ema_model.update_buffers:
        raise InputError("teacher='ema' needs EMAHook(update_buffers=True): BatchNorm has buffers")
    return without_wrapper(hook.ema_model.module)
