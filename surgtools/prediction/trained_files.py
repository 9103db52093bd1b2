"""The configs and checkpoints that trainings left in a folder, or right below it."""

from pathlib import Path

from surgtools.errors import InputError


def expected_folder(exported: bool = True) -> str:
    """What a folder of models is, for messages.

    Args:
        exported: whether one of ``surgtools export`` serves, too.
    """
    return (
        f"a folder that `surgtools adapt` {'or `surgtools export` ' if exported else ''}wrote, or "
        "one with the work folders of a detector's and a pose model's training"
    )


def trained_files(folder: Path, exported: bool = True) -> list[Path]:
    """Config and checkpoint of the detector, then of the pose model; or of one network for both.

    Args:
        exported: see ``expected_folder``.

    Raises:
        InputError: there is no such training, or more than one that it could be.
    """
    from surgtools.hosts.work_dirs import (
        DETECTOR,
        LIFTER,
        ONE_STAGE,
        POSE,
        is_work_dir,
        kind_in,
        trained_network,
    )

    wanted_folder = expected_folder(exported)
    if is_work_dir(folder):
        kind = kind_in(folder)
        if kind == ONE_STAGE:
            return [*trained_network(folder)]
        if kind == LIFTER:
            raise InputError(
                f"{folder}: holds a lifter, which looks at no picture; give {wanted_folder}"
            )
        flag = "--det-model" if kind == DETECTOR else "--pose2d"
        raise InputError(
            f"{folder}: holds the training of a {kind} network alone; name it by {flag}, or "
            "give the folder above it if the other network was trained there too"
        )
    below = [path for path in sorted(folder.iterdir()) if path.is_dir() and is_work_dir(path)]
    kinds = {path: kind_in(path) for path in below}
    files: list[Path] = []
    for wanted in (DETECTOR, POSE):
        found = [path for path, kind in kinds.items() if kind == wanted]
        if len(found) != 1:
            names = ", ".join(path.name for path in found) or "none"
            raise InputError(
                f"{folder}: one training of a {wanted} network is expected in it, found "
                f"{names}; give {wanted_folder}"
            )
        files += trained_network(found[0])
    return files
