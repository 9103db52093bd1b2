"""Networks on PyTorch, CPU or CUDA, in full or half precision."""

import contextlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from surgtools import zoo
from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.prediction.device_names import device_name
from surgtools.prediction.joined_detectors import Beside, read_beside
from surgtools.prediction.networks import load_detector, load_pose
from surgtools.prediction.one_stage_network import load_one_stage
from surgtools.prediction.second_opinion import SecondOpinion, read_second_opinion
from surgtools.prediction.specs import DetectorSpec, PoseSpec

PRECISIONS = {"fp32": None, "fp16": torch.float16, "bf16": torch.bfloat16}


class TorchNetwork:
    """Run one network; see ``DetectorBackend`` and ``PoseBackend``.

    Args:
        network: from ``load_detector`` or ``load_pose``.
        spec: how to feed it.
        device: for example ``cpu`` or ``cuda:0``.
        precision: ``fp32``, ``fp16`` or ``bf16``; None takes fp16 on CUDA and fp32 on a CPU.

    Attributes:
        any_size: pictures need not have the size that the spec names.
        beside: a second detector that goes with this one, if it is one.
        second_opinion: another pose network that goes with this one, if it is one.

    Raises:
        InputError: the device is not there, or the precision is unknown.
    """

    def __init__(
        self,
        network: nn.Module,
        spec: DetectorSpec | PoseSpec,
        device: str = "cpu",
        precision: str | None = None,
    ) -> None:
        self.spec = spec
        self.any_size = True
        self.beside: Beside | None = None
        self.second_opinion: SecondOpinion | None = None
        self.device = find_device(device)
        precision = precision or ("fp16" if self.device.type == "cuda" else "fp32")
        if precision not in PRECISIONS:
            raise InputError(f"precision {precision!r} given; {', '.join(PRECISIONS)} are known")
        if precision == "fp16" and self.device.type == "cpu":
            raise InputError("fp16 on a CPU is slower and less exact; use fp32 or bf16")
        self.dtype = PRECISIONS[precision]
        self.network = network.to(self.device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        images = torch.from_numpy(batch).to(
            self.device, non_blocking=True, memory_format=torch.channels_last
        )
        half = (
            contextlib.nullcontext()
            if self.dtype is None
            else torch.autocast(self.device.type, self.dtype)
        )
        with half:
            outputs = self.network(images)
        return tuple(output.float().cpu().numpy() for output in outputs)


def find_device(name: str | None) -> torch.device:
    """The device called ``name``; ``auto`` or None is CUDA where there is one.

    Raises:
        InputError: no such device on this machine.
    """
    name = device_name(name)
    if name in (None, "auto"):
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"device {name!r} cannot be used ({str(error).splitlines()[0]}); try --device cpu"
        ) from error
    return device


def torch_detector(
    config: str | Path,
    weights: str | Path | None,
    device: str = "cpu",
    precision: str | None = None,
    trust_checkpoint: bool = False,
) -> TorchNetwork:
    """A detector backend from config and checkpoint; errors as in ``load_detector``.

    Where the config names another detector ``beside`` it, that one comes along.
    """
    network = TorchNetwork(*load_detector(config, weights, trust_checkpoint), device, precision)
    network.beside = read_beside(
        load_config(config),
        config,
        lambda named: torch_detector(*zoo.resolve(named["model"], None), device, precision),
    )
    return network


def torch_one_stage(
    config: str | Path,
    weights: str | Path | None,
    device: str = "cpu",
    precision: str | None = None,
    trust_checkpoint: bool = False,
) -> TorchNetwork:
    """A one-stage backend from config and checkpoint; errors as in ``load_detector``."""
    return TorchNetwork(*load_one_stage(config, weights, trust_checkpoint), device, precision)


def torch_pose(
    config: str | Path,
    weights: str | Path | None,
    device: str = "cpu",
    precision: str | None = None,
    trust_checkpoint: bool = False,
) -> TorchNetwork:
    """A pose backend from config and checkpoint; errors as in ``load_detector``.

    Where the config names another pose network as ``second_opinion``, that one comes along.
    """
    network = TorchNetwork(*load_pose(config, weights, trust_checkpoint), device, precision)
    network.second_opinion = read_second_opinion(
        load_config(config),
        config,
        lambda named: torch_pose(*zoo.resolve(named["model"], None), device, precision),
    )
    return network
