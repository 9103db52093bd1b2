"""What a training left in its work folder: the network to use, and what kind of network it is."""

import re
from pathlib import Path

from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config

DETECTOR, POSE, ONE_STAGE, LIFTER = "detector", "pose", "one-stage", "lifter"

_ARRAYS = ("InstrumentRTMO",)


def network_kind(config: Config) -> str:
    """``DETECTOR``, ``POSE`` (one box per sample), ``ONE_STAGE`` or ``LIFTER``.

    Raises:
        InputError: the config is scored by none of the metrics of our configs.
    """
    evaluators = config.get("test_evaluator") or []
    evaluators = evaluators if isinstance(evaluators, list | tuple) else [evaluators]
    types = [evaluator.get("type") for evaluator in evaluators]
    if "InstrumentBoxMetric" in types:
        return DETECTOR
    if "InstrumentMetric" in types:
        dataset = config.test_dataloader.dataset.type
        return POSE if dataset == "InstrumentDataset" else ONE_STAGE
    if "SimpleMPJPE" in types:
        return LIFTER
    raise InputError(
        f"{config.filename}: test_evaluator is {types}; InstrumentMetric or "
        "InstrumentBoxMetric is expected, or SimpleMPJPE of a lifter, see configs/"
    )


def is_one_stage(config: Config) -> bool:
    """Whether a config's model answers with boxes and keypoints at once."""
    return config.get("model", {}).get("type") in ("InstrumentKeypointRCNN", *_ARRAYS)


def answers_arrays(config: Config) -> bool:
    """Whether a one-stage model answers with plain arrays, as an exported one does."""
    return config.get("model", {}).get("type") in _ARRAYS


def is_work_dir(folder: Path) -> bool:
    """Whether a training has written checkpoints and its config here."""
    return any(folder.glob("*.py")) and bool(_best(folder) or _newest(folder))


def trained_network(folder: Path) -> tuple[Path, Path]:
    """Config and checkpoint of a training: the best one where it was scored, else the newest.

    Args:
        folder: for which ``is_work_dir`` holds.

    Raises:
        InputError: several configs lie there.
    """
    configs = sorted(folder.glob("*.py"))
    if len(configs) != 1:
        names = ", ".join(path.name for path in configs)
        raise InputError(
            f"{folder}: holds several configs ({names}), so trainings were mixed there; give "
            "config and checkpoint by --det-model, --det-weights, --pose2d and --pose2d-weights"
        )
    return configs[0], _best(folder) or _newest(folder)


def kind_in(folder: Path) -> str:
    """``network_kind`` of the network that was trained in a work folder."""
    return network_kind(load_config(trained_network(folder)[0]))


def _best(folder: Path) -> Path | None:
    """The newest of the checkpoints that scored best; the host deletes the one before."""
    found = sorted(folder.glob("best_*.pth"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _newest(folder: Path) -> Path | None:
    numbers = {
        int(match[1]): path
        for path in folder.glob("*.pth")
        if (match := re.fullmatch(r"(?:epoch|iter)_(\d+)", path.stem))
    }
    return numbers[max(numbers)] if numbers else None
