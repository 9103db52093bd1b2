"""``surgtools calibrate``: videos of a board in, intrinsics and places of the cameras out."""

import argparse
import sys
from itertools import count
from pathlib import Path

from surgtools.cli.data_arguments import add_max_frames
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import pair, real, whole
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.errors import InputError

EPILOG = """\
Film one ChArUco board with all cameras at once, turned and tilted, and everywhere in the pictures.
Frames of the same time belong together: cut the videos so that they start at the same moment. So
do pictures at the same place of their folders, in the order of their names.

`--draw FILE` writes the board to print, and needs no video.
"""

_BOARD_MARK = "board of surgtools calibrate"
"""Stands behind the picture of a board."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which videos, which board, and where to write."""
    parser.epilog = EPILOG
    parser.add_argument(
        "videos", nargs="*", metavar="VIDEO", help="one for each camera, or a folder of pictures"
    )
    add_out_dir(parser, "folder for rig.toml, and a camera file for each", required=False)
    board = parser.add_argument_group("the board")
    board.add_argument(
        "--board", type=pair("x"), required=True, metavar="CxR", help="squares across and down"
    )
    board.add_argument(
        "--square", type=real("(0, inf)"), default=30.0, metavar="MM", help="side of a square"
    )
    board.add_argument(
        "--marker", type=real("(0, inf)"), default=22.0, metavar="MM", help="side of a marker"
    )
    board.add_argument("--dictionary", default="4X4_50", metavar="NAME", help="of the markers")
    board.add_argument("--draw", type=Path, metavar="PNG", help="write the board to print")
    parser.add_argument(
        "--stride",
        type=whole("[1, inf)"),
        metavar="N",
        help="look at every N-th frame or picture (default: 5 of a video, 1 of pictures)",
    )
    add_max_frames(parser, "look at no more frames or pictures of each camera (default: all)")


def run(args: argparse.Namespace) -> int:
    """Find the board everywhere, calibrate, write; print one line per camera and problem."""
    from surgtools.camera import write_camera
    from surgtools.spatial.board import Board
    from surgtools.spatial.board_sightings import find_board
    from surgtools.spatial.calibration import calibrate_camera, calibrate_rig, require_agreement
    from surgtools.spatial.rig import write_rig

    board = Board(*args.board, args.square, args.marker, args.dictionary)
    if args.draw is not None:
        from surgtools.prediction.image_writer import write_image

        refuse_to_replace(args.draw, _BOARD_MARK, "a board that this command drew")
        write_image(args.draw, board.draw(120), mark=_BOARD_MARK.encode())
        print(f"wrote {args.draw}: print it so that a square is {args.square:g} mm wide")
        if not args.videos:
            return 0
    if not args.videos:
        raise InputError("no video is given; name one for each camera")
    if args.out_dir is None:
        raise InputError("--out-dir DIR is missing; name the folder of the rig")
    names = _names(args.videos)
    sightings, cameras, errors, code, frame_rate = {}, {}, [], 0, None
    for name, video in zip(names, args.videos, strict=True):
        found = find_board(board, video, args.stride, args.max_frames, frame_rate)
        frame_rate = found.frame_rate
        for problem in found.problems:
            print(f"surgtools calibrate: {problem.source}: {problem.message}", file=sys.stderr)
            code = 3
        cameras[name], error = calibrate_camera(video, board, found.seen, found.size)
        sightings[name] = found.seen
        errors.append(error)
        print(f"{name}: the board in {len(found.seen)} frames, error {error:.2f} px")
    rig = calibrate_rig(board, cameras, sightings)
    require_agreement(rig.error, errors)
    for camera in rig.cameras:
        write_camera(args.out_dir / f"{camera.name}.json", camera.camera)
    write_rig(args.out_dir / "rig.toml", rig.cameras, error=round(rig.error, 4))
    print(f"{len(cameras)} cameras, error {rig.error:.2f} px -> {args.out_dir / 'rig.toml'}")
    return code


def _names(videos: list[str]) -> list[str]:
    """Names of the cameras: those of the files, with a number where two are the same.

    A number goes on where it would make the name of another camera.
    """
    stems = [Path(video).stem or "camera" for video in videos]
    names: list[str] = []
    for number, stem in enumerate(stems):
        numbered = (f"{stem}_{own}" for own in count(number))
        free = (name for name in numbered if name not in {*names, *stems})
        names.append(stem if stems.count(stem) == 1 else next(free))
    return names
