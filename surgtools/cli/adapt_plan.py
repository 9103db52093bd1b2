"""Say what ``surgtools adapt`` would do, and refuse what it would refuse, without writing."""

from collections.abc import Sequence
from pathlib import Path

from surgtools.adaptation.frames.inputs import list_files
from surgtools.adaptation.learn_source import learn_shapes
from surgtools.adaptation.run import Adaptation
from surgtools.adaptation.settings import AdaptSettings
from surgtools.annotations.coco import load_coco
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.cli.adapt_networks import NAMES, check_before_source, find_source
from surgtools.dataset_folder import annotation_file
from surgtools.errors import InputError
from surgtools.prediction.models import Models
from surgtools.prediction.sources import InputProblem

WHO = {"ema": "average of the network that learns", "frozen": "teacher as it is"}
"""Says what a kind of teacher is."""


def plan_lines(
    targets: Sequence[str],
    out: Path,
    source: Path | None,
    pair: Models,
    settings: AdaptSettings,
    student: Models | None = None,
    further: Sequence[Models] = (),
) -> list[str]:
    """Lines about target, source, teachers, and every network that learns.

    Args:
        source: the labelled dataset; None for the usual one, or one to be rendered.
        targets, out, pair, settings, student, further: see ``Adaptation``.

    Raises:
        InputError: networks, source, targets or folder cannot be used.
    """
    source = find_source(source)
    problems: list[InputProblem] = []
    files = list_files(targets, problems.append)
    if not files:
        told = "; ".join(f"{problem.source}: {problem.message}" for problem in problems)
        raise InputError(
            told or f"{' '.join(map(str, targets))}: no picture and no video is there"
        )
    kinds = [file.kind for file in files]
    lines = [f"left out: {problem.source}: {problem.message}" for problem in problems]
    lines += [
        f"target: {kinds.count('image')} pictures and {kinds.count('video')} videos, of which at "
        f"most {settings.max_frames} frames are taken"
    ]
    if source is None:
        check_before_source(targets, out, pair, settings, student, further)
        lines.append("source: none is named; one would be rendered for the target")
    else:
        run = Adaptation(targets, out, source, pair, settings, student=student, further=further)
        run.folder.check()
        taxonomy = find_taxonomy(source)[0]
        train, val = (
            load_coco(annotation_file(source, split), taxonomy) for split in ("train", "val")
        )
        learn_shapes(train, taxonomy)  # refuses labels that tell too little
        counts = f"{len(train['images'])} and {len(val['images'])} pictures"
        lines.append(f"source: {source}, {counts}")
    learning = student or pair
    if student or further:
        lines += [f"teacher, stays as it is: {_names(teacher)}" for teacher in (pair, *further)]
    for role in settings.roles:
        stage = settings.stage(role)
        config, weights = learning.files(role)
        lines.append(
            f"learns, {NAMES[role]}: {config} ({weights}), {stage.epochs} epochs of "
            f"{stage.epoch_length} pictures, rate {stage.lr:g}, {stage.labels} labels by the "
            f"{WHO[stage.teacher]}"
        )
    return [*lines, f"nothing was written; without --dry-run {out} is"]


def _names(pair: Models) -> str:
    return " and ".join(str(pair.files(role)[0]) for role in pair.roles)
