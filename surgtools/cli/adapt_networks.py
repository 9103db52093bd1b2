"""Which networks and which labelled source an adaptation starts from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surgtools.errors import InputError

if TYPE_CHECKING:
    from surgtools.adaptation.settings import AdaptSettings
    from surgtools.prediction.models import Models

SOURCE = Path("data/instruments")
"""Where a labelled source is looked for when none is named."""

NAMES = {"detector": "detector", "pose": "pose model", "one_stage": "one-stage network"}
ROLES = ("detector", "pose")


def find_source(given: Path | None) -> Path | None:
    """The labelled dataset that is named, or the usual folder; None if one is to be rendered."""
    return given or (SOURCE if SOURCE.is_dir() else None)


def check_before_source(
    targets: Sequence[str],
    out: Path,
    pair: "Models",
    settings: "AdaptSettings",
    student: "Models | None" = None,
    further: Sequence["Models"] = (),
) -> None:
    """Refuse what ``Adaptation`` would, and a set that cannot be rendered, before one is.

    Args:
        targets, out, pair, settings, student, further: see ``Adaptation``.

    Raises:
        InputError: the folder holds something else, or the networks have other categories than
            each other or than the generator.
    """
    from surgtools.adaptation.run_folder import RunFolder, adaptation_facts, read_run_facts
    from surgtools.adaptation.same_categories import check_same_categories
    from surgtools.taxonomy import SURGICAL

    held = read_run_facts(out).get("source", "")  # one is rendered once, and kept
    folder = RunFolder(out, adaptation_facts(targets, held, pair, student, further, settings))
    folder.check()
    if folder.goes_on():
        return  # all this was looked at when it began, and its networks may be gone
    for each in (pair, student, *further):
        if each is None:
            continue
        known = check_same_categories(each, settings.trust_checkpoint).classes
        if known != SURGICAL.classes:
            raise InputError(
                f"--source is missing: the networks know {', '.join(known)}, a set can be "
                f"rendered of {', '.join(SURGICAL.classes)} only; give the labelled dataset they "
                "were trained on"
            )


def resolve_networks(
    given: Mapping[str, tuple[str | Path, str | Path | None]], out: Path, name: str
) -> "Models":
    """Files of the networks; for a run to go on with, which has copies, they may be gone.

    Args:
        given: role to an alias or config, and to weights; of a pair, or of one network for both.
        out: folder of the run.
        name: ``pair`` or ``student``, as the run recorded it.

    Raises:
        InputError: a file is missing.
    """
    from surgtools.adaptation.run_folder import recorded_files
    from surgtools.prediction.models import Models, one_network

    files = []
    for role, (config, weights) in given.items():
        try:
            files += one_network(config, weights)
        except InputError:
            recorded = recorded_files(out, name, role)
            if not (config and weights) or recorded != (Path(config), Path(weights)):
                raise
            files += recorded
    return Models(*files)


def check_teachers(pair: "Models") -> None:
    """Refuse one network in the place of a pair, and a network in the other's place.

    Raises:
        InputError: a detector finds keypoints, too, or see ``require_kinds``.
    """
    from surgtools.prediction.models import finds_keypoints

    if pair.is_one_stage or (pair.det_model.exists() and finds_keypoints(pair.det_model)):
        raise InputError(
            f"{pair.det_model}: finds boxes and keypoints at once, and cannot teach itself; a "
            "pair teaches it: give it by --student, and the pair by --models"
        )
    require_kinds(pair)


def find_student(words: Sequence[str], only: str | None, pair: "Models", out: Path) -> "Models":
    """The networks that ``--student`` names, with the part of the pair that is not trained.

    Args:
        words: see ``split_networks``.
        only: the one part that is trained; None trains all that is named.
        pair: the teacher.
        out: folder of the run.

    Raises:
        InputError: a network is missing, or is not of the kind that its place needs.
    """
    from surgtools.prediction.models import ONE_FOR_BOTH, finds_keypoints

    named = split_networks(words)
    alone = only is None and len(named) == 1
    roles = (ONE_FOR_BOTH,) if alone else (only,) if only else ROLES
    given = dict(zip(roles, named, strict=True))
    beside = {} if alone else {role: pair.files(role) for role in ROLES}
    student = resolve_networks({**beside, **given}, out, "student")
    for role in roles:
        config, _ = student.files(role)
        if config.exists() and finds_keypoints(config) != alone:
            raise InputError(
                f"--student {config}: finds boxes alone or keypoints alone; give a detector and a "
                "pose model, or name the one that is trained by --only"
                if alone
                else f"--student {config}: finds boxes and keypoints at once, so it is trained "
                "whole; give no other network, and leave --only out"
            )
    if not alone:
        require_kinds(student)
    return student


def named_network(
    model: str | None, weights: str | None, default: tuple[Path, Path]
) -> tuple[str | Path, str | Path | None]:
    """A single network that the user named, wholly or in part, or the one of the pair."""
    if model is None and weights is None:
        return default
    return model or default[0], weights


def split_networks(words: Sequence[str]) -> list[tuple[str, str | None]]:
    """Config and weights of each network; an alias, which has no suffix, brings its weights."""
    rest, networks = list(words), []
    while rest:
        config = rest.pop(0)
        networks.append((config, rest.pop(0) if rest and Path(config).suffix else None))
    return networks


def require_kinds(pair: "Models") -> None:
    """Refuse a detector in the place of a pose model, and the other way round.

    A config that is gone, or is scored by none of our metrics, is judged where it is built.

    Raises:
        InputError: naming the config and what belongs there.
    """
    from surgtools.hosts.config_files import load_config
    from surgtools.hosts.work_dirs import network_kind

    for role in ROLES:
        config, _ = pair.files(role)
        if not config.exists():
            continue
        try:
            kind = network_kind(load_config(config))
        except InputError:
            continue
        if kind != role:
            raise InputError(
                f"{config}: is no {NAMES[role]} but a {NAMES.get(kind, kind)}; give the config "
                f"and the checkpoint of a {NAMES[role]}"
            )
