"""Stop a training whose loss is no number, before anything good is overwritten."""

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from surgtools.errors import InputError


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Raise at the first loss that is infinite or NaN.

    It runs before the checkpoint hook, so the last checkpoint on disk is a good one. The host's
    ``CheckInvalidLossHook`` looks every 50 iterations only and does not say which pictures were
    in the batch.

    Raises:
        InputError: with the iteration, the losses and the pictures of the batch.
    """

    priority = "HIGH"

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Look at every loss of the iteration."""
        losses = {
            name: value.item()
            for name, value in (outputs or {}).items()
            if torch.is_tensor(value) and not torch.isfinite(value).all()
        }
        if losses:
            values = ", ".join(f"{name} = {value}" for name, value in losses.items())
            raise InputError(
                f"iteration {runner.iter + 1} (epoch {runner.epoch + 1}, batch {batch_idx}): "
                f"{values}; pictures {_pictures(data_batch)}; the last checkpoint in "
                f"{runner.work_dir} is still good, look at these pictures or lower the learning "
                "rate (--cfg-options optim_wrapper.optimizer.lr=...) and go on with --resume"
            )


def _pictures(data_batch: dict | None) -> str:
    samples = (data_batch or {}).get("data_samples", [])
    return ", ".join(str(sample.metainfo.get("img_path", "?")) for sample in samples) or "unknown"
