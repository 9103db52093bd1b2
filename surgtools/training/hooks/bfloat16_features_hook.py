"""Mixed precision on a CPU, where the hosts have none."""

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from surgtools.errors import InputError
from surgtools.hosts.model_wrapper import without_wrapper


@HOOKS.register_module()
class BFloat16FeaturesHook(Hook):
    """Compute features in bfloat16 while training; heads and losses stay in full precision.

    Box distances and keypoint bins need more than the 8 bits of a bfloat16, features do not. On
    CPUs with bfloat16 arithmetic (AVX512-BF16, AMX) a step takes 0.7 to 0.85 of the time; on
    others it is slower. Weights, checkpoints and validation are as without.

    Raises:
        InputError: the network has no ``extract_feat``, the hosts' name for backbone and neck.
    """

    def before_train(self, runner: Runner) -> None:
        """Wrap ``extract_feat``, after the copies that other hooks make of the model."""
        model = without_wrapper(runner.model)
        extract = getattr(model, "extract_feat", None)
        if extract is None:
            raise InputError(
                f"--amp: {type(model).__name__} has no separate features, which mixed precision "
                "on a CPU needs; train it without --amp"
            )

        def extract_feat(inputs: Tensor) -> tuple[Tensor, ...]:
            if not model.training:
                return extract(inputs)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                features = extract(inputs)
            return tuple(level.float() for level in features)

        model.extract_feat = extract_feat

    def after_train(self, runner: Runner) -> None:
        """Give the model its own method back."""
        without_wrapper(runner.model).__dict__.pop("extract_feat", None)
