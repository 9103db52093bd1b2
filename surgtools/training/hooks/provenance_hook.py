"""Write into every checkpoint what it was made from."""

import importlib.metadata
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

import surgtools
from surgtools.files import sha256_of

PACKAGES = (
    "torch",
    "torchvision",
    "onedl-mmengine",
    "onedl-mmcv",
    "onedl-mmdetection",
    "mmpose",
    "numpy",
    "opencv-python",
    "pycocotools",
)


@HOOKS.register_module()
class ProvenanceHook(Hook):
    """Adds ``checkpoint["meta"]["surgtools"]``: seed, versions, git state, data with hash, ...

    ``git`` is "" where the package does not lie in a checkout. ``parameters`` counts the model's
    own, shared ones once, which the names in a file hide.

    The config is part of the host's own ``meta`` already. ``surgtools info`` prints both.
    Everything is plain strings and numbers, so the checkpoint loads with ``weights_only=True``.
    """

    def before_train(self, runner: Runner) -> None:
        """Collect once; the data do not change while a training runs."""
        datasets = leaf_datasets(runner.train_dataloader.dataset)
        self.facts = {
            "surgtools": surgtools.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": package_versions(PACKAGES),
            "git": git_state(Path(surgtools.__file__).parent),
            "command": command(sys.argv),
            "parameters": sum(value.numel() for value in runner.model.parameters()),
            "seed": runner.seed,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": [
                {"ann_file": str(d.ann_file), "samples": len(d), "sha256": sha256_of(d.ann_file)}
                for d in datasets
            ],
        }

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Called by the host with the dict it is about to write."""
        checkpoint["meta"]["surgtools"] = getattr(self, "facts", {})


def command(words: Sequence[str]) -> str:
    """What was typed: Python names the program by its file, wherever that is installed."""
    program = Path(words[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    return shlex.join([name if program.is_absolute() else words[0], *words[1:]])


def leaf_datasets(dataset) -> list:
    """The datasets with an annotation file below wrappers that repeat or join them."""
    inner = getattr(dataset, "datasets", None) or getattr(dataset, "dataset", None)
    if inner is None:
        return [dataset] if getattr(dataset, "ann_file", "") else []
    inner = inner if isinstance(inner, list | tuple) else [inner]
    return [leaf for part in inner for leaf in leaf_datasets(part)]


def package_versions(names: Iterable[str]) -> dict[str, str]:
    """Installed versions; packages that are absent are left out."""
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def git_state(folder: Path) -> str:
    """``git describe`` of the checkout a folder belongs to, or "" outside of one."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--tags"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
