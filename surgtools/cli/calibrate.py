"""``surgtools calibrate``: videos of a board in, intrinsics and places of the cameras out."""

import argparse
from pathlib import Path

from surgtools.cli.data_arguments import add_max_frames
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import pair, real, whole
from surgtools.errors import InputError

EPILOG = """\
Film one ChArUco board with all cameras at once, turned and tilted, and everywhere in the pictures.
Frames of the same number belong together: cut the videos so that they start at the same moment.

`--draw FILE` writes the board to print, and needs no video.
"""


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
        "--stride", type=whole("[1, inf)"), default=5, metavar="N", help="look at every N-th frame"
    )
    add_max_frames(parser, "look at no more frames of each video (default: all)")


def run(args: argparse.Namespace) -> int:
    """Find the board everywhere, calibrate, write; print one line per camera."""
    from surgtools.camera import write_camera
    from surgtools.spatial.board import Board
    from surgtools.spatial.calibration import calibrate_camera, calibrate_rig
    from surgtools.spatial.rig import write_rig

    board = Board(*args.board, args.square, args.marker, args.dictionary)
    if args.draw is not None:
        from surgtools.prediction.image_writer import write_image

        write_image(args.draw, board.draw(120))
        print(f"wrote {args.draw}: print it so that a square is {args.square:g} mm wide")
        if not args.videos:
            return 0
    if not args.videos:
        raise InputError("no video is given; name one for each camera")
    if args.out_dir is None:
        raise InputError("--out-dir DIR is missing; name the folder of the rig")
    names = _names(args.videos)
    sightings, cameras = {}, {}
    for name, video in zip(names, args.videos, strict=True):
        seen, size = _look(board, video, args.stride, args.max_frames)
        cameras[name], error = calibrate_camera(video, board, seen, size)
        sightings[name] = seen
        print(f"{name}: the board in {len(seen)} frames, error {error:.2f} px")
    rig = calibrate_rig(board, cameras, sightings)
    for camera in rig.cameras:
        write_camera(args.out_dir / f"{camera.name}.json", camera.camera)
    write_rig(args.out_dir / "rig.toml", rig.cameras, error=round(rig.error, 4))
    print(f"{len(cameras)} cameras, error {rig.error:.2f} px -> {args.out_dir / 'rig.toml'}")
    return 0


def _look(board, video: str, stride: int, max_frames: int | None):
    """Where the board is seen, by number of the frame, and the size of the pictures."""
    from surgtools.prediction.frame_reader import read_frames
    from surgtools.prediction.sources import find_sources

    problems: list = []
    sources = find_sources([video], problems.append)
    if not sources:
        raise InputError("; ".join(f"{p.source}: {p.message}" for p in problems))
    seen, size = {}, None
    for number, frame in enumerate(read_frames(sources, problems.append, stride, max_frames)):
        height, width = frame.image.shape[:2]
        if size not in (None, (width, height)):
            raise InputError(f"{video}: pictures of {size[0]}x{size[1]} and {width}x{height}")
        size = width, height
        numbers, pixels = board.find(frame.image)
        if len(numbers):
            seen[number] = (numbers, pixels)
    if size is None:
        raise InputError(f"{video}: no frame can be read")
    return seen, size


def _names(videos: list[str]) -> list[str]:
    """Names of the cameras: those of the files, with a number where two are the same."""
    stems = [Path(video).stem or "camera" for video in videos]
    return [s if stems.count(s) == 1 else f"{s}_{i}" for i, s in enumerate(stems)]
