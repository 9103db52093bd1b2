"""``surgtools triangulate``: predictions of several cameras in, instruments in space out."""

import argparse
from pathlib import Path

from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import real
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which views, which rig, and what to write."""
    parser.epilog = (
        "The views must be synchronized. Frames of videos are matched by time, pictures by name, "
        "and by folder where a name repeats; instruments by category and by how far their "
        "keypoints miss each other in space."
    )
    parser.add_argument(
        "views",
        nargs="+",
        metavar="FILE",
        help="a predictions.json for each camera, in the order of the rig, or CAMERA=FILE",
    )
    parser.add_argument(
        "--rig",
        type=Path,
        required=True,
        metavar="TOML",
        help="where the cameras stand, as `calibrate` or Anipose writes it",
    )
    parser.add_argument(
        "--model-3d",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a known instrument, as for predict, once for each category; it holds keypoints "
        "together and tells what is another instrument. The rig must be in millimeters",
    )
    add_out_dir(parser, "folder for space.json or space.csv")
    parser.add_argument(
        "--format", choices=("json", "csv"), default="json", help="what to write into the folder"
    )
    parser.add_argument(
        "--max-miss",
        type=real("(0, 1]"),
        default=0.06,
        metavar="SHARE",
        help="views that miss each other by more of the instrument's size show two instruments",
    )


def run(args: argparse.Namespace) -> int:
    """Match, triangulate, write; print one line, and what must be doubted."""
    import sys

    import numpy as np

    from surgtools.spatial.instrument_model import read_spatial_model
    from surgtools.spatial.rig import read_rig
    from surgtools.spatial.space_files import write_space_json, write_space_table
    from surgtools.spatial.space_tracks import instruments_in_space
    from surgtools.spatial.view_files import read_view

    rig = read_rig(args.rig)
    chosen = _cameras(args.views, [camera.name for camera in rig], args.rig)
    cameras = [rig[number] for number in chosen]
    views = [
        read_view(path, camera.camera)
        for path, camera in zip(chosen.values(), cameras, strict=True)
    ]
    models = [read_spatial_model(path) for path in args.model_3d]
    moments, doubts = instruments_in_space(cameras, views, args.max_miss, models)
    for line in doubts:
        print(f"surgtools triangulate: warning: {line}", file=sys.stderr)
    path = args.out_dir / f"space.{args.format}"
    if args.format == "csv":
        write_space_table(path, moments)
    else:
        named = {rig[number].name: str(file) for number, file in chosen.items()}
        sources = {"rig": str(args.rig), "views": named, "is_video": views[0].is_video}
        write_space_json(path, moments, views[0].taxonomy, sources)
    found = [instance for moment in moments for instance in moment.instances]
    errors = np.concatenate([one.errors for one in found]) if found else np.zeros(0)
    off = f", reprojection error {np.nanmedian(errors):.2f} px (median)" if errors.size else ""
    known = [instance for instance in found if instance.misfit is not None]
    fit = sum(instance.opening is not None for instance in known)
    fitted = f", {fit} of {len(known)} fit their model" if known else ""
    print(f"{len(moments)} moments, {len(found)} instruments in space{off}{fitted} -> {path}")
    return 0


def _cameras(words: list[str], names: list[str], rig: Path) -> dict[int, str]:
    """Number of the camera in the rig to the file of its view."""
    if len(words) < 2:
        raise InputError(f"{words[0]}: is one view; space needs two or more")
    chosen: dict[int, str] = {}
    for place, word in enumerate(words):
        name, sign, file = word.partition("=")
        if sign and name in names:
            number = names.index(name)
        elif sign and not Path(word).exists():
            raise InputError(f"{word}: {name} is no camera of {rig}; it has {', '.join(names)}")
        elif len(words) == len(names):
            number, file = place, word
        else:
            raise InputError(
                f"{len(words)} views for the {len(names)} cameras of {rig}; write CAMERA=FILE "
                f"with {', '.join(names)}"
            )
        if number in chosen:
            raise InputError(f"{word}: is a second view of camera {names[number]}; give one")
        chosen[number] = file
    return chosen
