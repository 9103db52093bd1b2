"""What the benchmarks of adaptation have in common: cells kept on disk, a budget, its cost."""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import surgtools.register  # noqa: E402, F401
from surgtools.adaptation.labels.selection import VIEWS  # noqa: E402
from surgtools.adaptation.run import Adaptation  # noqa: E402
from surgtools.adaptation.settings import AdaptSettings  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json, write_json, write_whole  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402

DETECTOR_S, POSE_S, TRAIN_FACTOR = 0.025, 0.012, 3.0
"""Core-seconds per picture of the small detector and per box of the small pose model, on one quiet
core; a step of training costs so many times as much, in mixed precision."""

TOY_CONFIGS = ROOT / "benchmarks/toy_configs"
TOY_SHARE = 0.13
"""Of these costs, what the networks of ``toy_configs`` take: they are small and see 128 x 128
pixels."""


class Cells:
    """Results that are computed once: ``OUT/NAME.json`` each, so that a killed benchmark goes on.

    Args:
        out: folder of the benchmark; it belongs to one setting.
        facts: the setting.

    Raises:
        InputError: the folder holds cells of another setting.
    """

    def __init__(self, out: Path, facts: Mapping) -> None:
        self.out = out
        path, facts = out / "benchmark.json", {k: str(v) for k, v in facts.items()}
        if path.exists() and read_json(path) != facts:
            raise InputError(f"{out}: holds a benchmark of other settings; choose another folder")
        write_json(path, facts, indent=1)

    def keep(self, name: str, make: Callable[[], dict]) -> dict:
        """The cell, from disk when it is there."""
        path = self.out / f"{name}.json"
        if not path.exists():
            write_json(path, make(), indent=1)
        return read_json(path)


def add_budget(parser: argparse.ArgumentParser) -> None:
    """How many seeds, and how much every adaptation may cost."""
    default = AdaptSettings()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=default.pose.epochs, help="of adaptation")
    parser.add_argument("--epoch-length", type=int, help="pictures, of adaptation's epochs")
    parser.add_argument("--frames", type=int, default=default.max_frames, help="at most")
    parser.add_argument("--source-pictures", type=int, default=default.source_pictures)
    parser.add_argument("--amp", action="store_true", help="mixed precision")
    parser.add_argument("--workers", type=int, default=2)


BUDGET = ("epochs", "epoch_length", "frames", "source_pictures", "amp")
"""Arguments of ``add_budget`` that a cell depends on."""


def adapt_settings(args: argparse.Namespace, seed: int, **changes) -> AdaptSettings:
    """The defaults of ``surgtools adapt`` within the budget; ``changes`` are of each network."""
    default = AdaptSettings()
    stages = {
        role: replace(
            default.stage(role),
            epochs=args.epochs,
            epoch_length=args.epoch_length or default.stage(role).epoch_length,
            seed=seed,
            num_workers=args.workers,
            amp=args.amp,
            **changes,
        )
        for role in default.roles
    }
    budget = {"max_frames": args.frames, "source_pictures": args.source_pictures}
    return AdaptSettings(**stages, **budget, seed=seed)


def adapt_to(
    target: Path,
    out: Path,
    source: Path,
    pair: Models,
    settings: AdaptSettings,
    teacher: Models | None = None,
) -> tuple[Models, list[str]]:
    """Adapt to the unlabelled part of a folder.

    Args:
        target: the folder.
        out: folder of the run.
        source: labelled dataset folder.
        pair: to adapt.
        settings: of the adaptation; with a teacher, theirs have to be frozen.
        teacher: another, for example larger, pair that labels.

    Returns:
        The pair to use from now on, which is the given one when the run was refused, and what was
        decided for each network.
    """
    try:
        networks = {"pair": teacher or pair, "student": pair if teacher else None}
        run = Adaptation(unlabelled_part(target), out, source, settings=settings, **networks)
        result = run.run()
    except InputError as error:
        return pair, [f"refused: {error}"]
    return result.pair, [f"{s.role}: {s.accepted}: {s.reason}" for s in result.stages]


def reuse(done: Path, out: Path, same_frames: bool = True) -> None:
    """Give a run what another with the same networks, source and seed has found out already.

    It is what the run would find out itself, in a third of its time.

    Args:
        done: folder of the other run; one that is not there gives nothing.
        out: folder of the run, which may have been started.
        same_frames: both look at the same frames under the same rules for a first look.
    """
    for name in ("knowledge.json", "first_look.npz")[: 1 + same_frames]:
        known, wanted = done / "work" / name, out / "work" / name
        if known.exists() and not wanted.exists():
            with write_whole(wanted) as part:
                shutil.copyfile(known, part)


def unlabelled_part(target: Path) -> list[str]:
    """The clips of a rendered folder, or its pictures where it has none; labels are left alone."""
    clips = sorted(str(path) for path in (target / "train").glob("clip_*.mp4"))
    return clips or [str(target / "train/images")]


def adaptation_cost(settings: AdaptSettings, num_frames: int, per_picture: float = 7.0) -> float:
    """Core-seconds that an adaptation is expected to take.

    Args:
        settings: of the adaptation.
        num_frames: of the target.
        per_picture: boxes that the detector proposes in a picture, down to low scores.
    """
    shown = DETECTOR_S + per_picture * POSE_S
    views = 1 + len(VIEWS)
    frames = min(num_frames, settings.max_frames)
    source = settings.source_pictures
    learnt, held = 0.8 * frames, 0.2 * frames
    seconds = shown * (2 * views * source + 150 + views * frames + source)  # source, first look
    for role in settings.roles:
        stage = settings.stage(role)
        rounds = 1 if stage.teacher == "frozen" else -(-stage.epochs // stage.interval)
        asked = rounds - (role == "detector")  # the first round is the first look
        cost = DETECTOR_S if role == "detector" else POSE_S
        seconds += asked * views * learnt * shown + shown * (views * held + source)
        if role == "pose":  # the detector stays, so its boxes are kept from round to round
            seconds -= max(asked - 1, 0) * views * learnt * DETECTOR_S
        seconds += TRAIN_FACTOR * cost * stage.epochs * stage.epoch_length
    return seconds


def cost_share(pair: Models) -> float:
    """What the networks of a pair take, as a share of the costs here."""
    folders = {path.resolve().parent.name for path in (pair.det_model, pair.pose2d)}
    return TOY_SHARE if folders == {TOY_CONFIGS.name} else 1.0


def training_cost(num_pictures: int, epochs: int, per_picture: float = 1.5) -> float:
    """Core-seconds of training both networks on a labelled folder."""
    return TRAIN_FACTOR * epochs * num_pictures * (DETECTOR_S + per_picture * POSE_S)
