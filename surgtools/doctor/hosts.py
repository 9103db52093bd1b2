"""Checks of Python, numpy, torch and the OpenMMLab hosts; each runs what it checks."""

import importlib
import sys
from importlib import metadata

from surgtools.doctor.finding import PIP, Check, Fault, at_least, version_of

MINIMUM_TORCH = (2, 6)
FORKS = {
    "mmengine": "onedl-mmengine",
    "mmcv": "onedl-mmcv",
    "mmdet": "onedl-mmdetection",
    "mmpretrain": "onedl-mmpretrain",
}
"""Import name of each host, which is also the original's name, to the kept fork."""


def python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != (3, 11):
        raise Fault(f"Python {version}; the generator's bpy has wheels for 3.11 only")
    return f"{version} ({sys.executable})"


def numpy() -> str:
    version = version_of("numpy")
    if at_least(version, (2, 3)):
        raise Fault(f"{version}; mmpose 1.3.2 and OpenCV 4.12 are tested below 2.3")
    return version


def torch() -> str:
    import torch

    if not at_least(torch.__version__, MINIMUM_TORCH):
        raise Fault(f"{torch.__version__}; 2.6 or later is needed")
    return f"{torch.__version__}, {torch.get_num_threads()} threads"


def torchvision() -> str:
    """A mismatched pair imports but has no operators, so run one."""
    import torch
    import torchvision

    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]])
    kept = torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
    if kept != [0, 2]:
        raise Fault(f"{torchvision.__version__}: nms kept {kept}, expected [0, 2]")
    return f"{torchvision.__version__}, fits torch {torch.__version__}"


def forks() -> str:
    """A fork and its original installed together overwrite each other's files."""
    for name, fork in FORKS.items():
        installed = []
        for distribution in (fork, name):
            try:
                installed.append(f"{distribution} {metadata.version(distribution)}")
            except metadata.PackageNotFoundError:
                continue
        if len(installed) > 1:
            uninstall = f"{sys.executable} -m pip uninstall -y {name} {fork}"
            raise Fault(
                f"{' and '.join(installed)} overwrite each other",
                f"{uninstall} && {PIP} --no-deps {_pinned(fork)}",
            )
        if not installed:
            raise Fault(f"{fork} is not installed", f"{PIP} {_pinned(fork)}")
    return ", ".join(f"{name} {importlib.import_module(name).__version__}" for name in FORKS)


def operators() -> str:
    """Run mmcv's ``nms`` and ``roi_align``, whoever provides them."""
    import torch

    from surgtools.hosts.compat.operators import is_stand_in

    mmcv_ops = importlib.import_module("mmcv.ops")
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]])
    _, kept = mmcv_ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5)
    if kept.tolist() != [0, 2]:
        raise Fault(f"mmcv.ops.nms kept {kept.tolist()}, expected [0, 2]")
    features = torch.arange(16.0).reshape(1, 1, 4, 4)
    pooled = mmcv_ops.roi_align(features, torch.tensor([[0.0, 0, 0, 4, 4]]), (1, 1), 1.0, 0)
    if abs(float(pooled) - 7.5) > 1e-4:
        raise Fault(f"mmcv.ops.roi_align gave {float(pooled)}, expected the mean 7.5")
    return "stand-in on torchvision" if is_stand_in() else "compiled"


def mmpose() -> str:
    import surgtools.hosts.compat  # noqa: F401

    return importlib.import_module("mmpose").__version__


def registered_parts() -> str:
    """The import every config of ours asks for."""
    importlib.import_module("surgtools.register")
    from mmpose.registry import DATASETS

    if DATASETS.get("InstrumentDataset") is None:
        raise Fault("surgtools.register ran, but InstrumentDataset is not registered")
    return "datasets, models and metrics are registered"


def _pinned(fork: str) -> str:
    return f"{fork}=={PINNED[fork]}"


PINNED = {
    "torch": "2.14.1",
    "torchvision": "0.29.1",
    "onedl-mmengine": "0.10.12",
    "onedl-mmcv": "2.3.6",
    "onedl-mmdetection": "3.5.1",
    "onedl-mmpretrain": "1.3.6",
    "mmpose": "1.3.2",
}
"""The tested versions, as in tools/requirements, which an installed package does not carry."""

_TORCH_PAIR = f"{PIP} torch=={PINNED['torch']} torchvision=={PINNED['torchvision']}"

CHECKS = (
    Check("python", python, "install Python 3.11, then: bash tools/env.sh"),
    Check("numpy", numpy, f'{PIP} "numpy<2.3"'),
    Check("torch", torch, _TORCH_PAIR),
    Check("torchvision", torchvision, _TORCH_PAIR),
    Check("mmengine, mmcv, mmdet", forks, f"{PIP} {' '.join(map(_pinned, FORKS.values()))}"),
    Check(
        "mmcv operators", operators, f"{PIP} --force-reinstall --no-deps {_pinned('onedl-mmcv')}"
    ),
    Check("mmpose", mmpose, f"{PIP} --no-deps mmpose=={PINNED['mmpose']}"),
    Check(
        "surgtools parts",
        registered_parts,
        f"{PIP} --force-reinstall -r tools/requirements/runtime.txt",
    ),
)
