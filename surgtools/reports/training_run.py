"""What a training left behind, read from its work folder.

MMEngine writes one folder per start, so that a resumed training has several; they are joined.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.errors import InputError

_NOT_CURVES = ("step", "iter", "epoch", "memory", "time", "data_time")


@dataclass(frozen=True)
class TrainingRun:
    """Curves and files of a training.

    Attributes:
        folder: the work folder.
        train: name to its points (iteration, value): losses, learning rate, accuracy.
        val: name to its points (epoch, value): what the metrics logged.
        config: path of the dumped config, ``None`` if there is none.
        starts: how often the training was started.
    """

    folder: Path
    train: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    val: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    config: Path | None = None
    starts: int = 0


def read_training_run(folder: str | Path) -> TrainingRun:
    """Join the scalar files of every start; a later start replaces the steps it ran again.

    Raises:
        InputError: the folder holds no training log.
    """
    folder = Path(folder)
    files = sorted(folder.glob("*/vis_data/scalars.json"))
    if not files:
        raise InputError(
            f"{folder}: holds no training log (*/vis_data/scalars.json); give the --work-dir of a "
            "training"
        )
    train: dict[str, dict[float, float]] = defaultdict(dict)
    val: dict[str, dict[float, float]] = defaultdict(dict)
    for file in files:
        rows = [row for row in map(_parse, file.read_text(errors="replace").splitlines()) if row]
        _replace(train, [row for row in rows if "lr" in row])
        _replace(val, [row for row in rows if "lr" not in row])
    configs = sorted(folder.glob("*.py"))
    return TrainingRun(
        folder=folder,
        train={name: sorted(points.items()) for name, points in train.items()},
        val={name: sorted(points.items()) for name, points in val.items()},
        config=configs[0] if configs else None,
        starts=len(files),
    )


def _parse(line: str) -> dict | None:
    """One line of the log; ``None`` for one that a killed training left half-written."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and "step" in row else None


def _replace(curves: Mapping[str, dict[float, float]], rows: list[dict]) -> None:
    if not rows:
        return
    first = min(row["step"] for row in rows)
    for points in curves.values():
        for step in [step for step in points if step >= first]:
            del points[step]
    for row in rows:
        for name, value in row.items():
            if name not in _NOT_CURVES and isinstance(value, int | float):
                curves[name][row["step"]] = value
