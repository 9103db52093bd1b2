"""Train some parts of a network and leave the rest as it was loaded."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from surgtools.errors import InputError
from surgtools.hosts.model_wrapper import without_wrapper


@HOOKS.register_module()
class TrainOnlyHook(Hook):
    """Freezes everything but the named parts: weights, and statistics of normalization too.

    Args:
        parts: names of modules, for example ``head.visibility``.

    Raises:
        InputError: before the run, for a name that the network does not have.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = tuple(parts)

    def before_run(self, runner: Runner) -> None:
        """The optimizer leaves out what needs no gradient."""
        model = without_wrapper(runner.model)
        known = dict(model.named_modules())
        for part in self.parts:
            if part not in known:
                near = sorted(name for name, _ in model.named_children())
                raise InputError(f"{part}: the network has no such part; it has {', '.join(near)}")
        for name, parameter in model.named_parameters():
            parameter.requires_grad = self._is_trained(name)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """The loop puts the whole network into training mode at each epoch."""
        for name, module in without_wrapper(runner.model).named_modules():
            module.training = self._is_trained(name)

    def _is_trained(self, name: str) -> bool:
        return any(name == part or name.startswith(f"{part}.") for part in self.parts)
