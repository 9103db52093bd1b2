"""What ``surgtools predict`` can be told, and which of it contradicts itself."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from surgtools.cli.data_arguments import add_max_frames, add_pictures, add_stride
from surgtools.cli.model_arguments import add_model_arguments
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import real, whole
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.running_arguments import (
    add_batch_size,
    add_device,
    add_precision,
    add_provider,
    add_zoom,
)
from surgtools.cli.sharing_arguments import add_engine, add_shard, add_watch
from surgtools.cli.spatial_arguments import add_spatial_arguments
from surgtools.errors import InputError
from surgtools.evaluation.settings import KEYPOINT_THR, PLACE_THR, SCORE_THR

FRESH = Path("outputs/predict")
"""Where results go when the user names no folder; with a number behind it when that is there."""

BOXES_MARK = '"save_boxes": "'
"""Stands in the settings of a file of ``--save-boxes``, and of no other predictions.json."""

_PREDICTIONS_MARK = '{"meta_info": {"surgtools"'

EPILOG = """\
sources: files, folders (searched with subfolders), quoted globs, videos, rtsp:// and http://
streams, webcam numbers.

exit codes: 0 everything was processed; 3 results were written, but some inputs could not be used
(listed at the end and in predictions.json under summary.problems); 2 nothing usable or a wrong
argument, nothing written; 130 stopped by Ctrl-C, the results so far are complete files. Where an
error ends a run in the middle, the results so far are kept, with summary.complete false.
"""


def add_predict_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, with which models, and what to write."""
    parser.epilog = EPILOG
    add_pictures(parser, nargs="*")
    add_out_dir(parser, f"folder for the results (default: a fresh {FRESH} here)", required=False)

    add_model_arguments(parser)

    finding = parser.add_argument_group("what counts as found")
    finding.add_argument(
        "--bbox-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=SCORE_THR,
        help="leave out instruments with a lower box score",
    )
    finding.add_argument(
        "--nms-thr",
        type=real("[0, 1]"),
        metavar="IOU",
        help="of two boxes of one category that overlap more, keep the better one (default: the "
        "detector's)",
    )
    finding.add_argument(
        "--place-thr",
        type=real("[0, 1]"),
        metavar="IOU",
        default=PLACE_THR,
        help="of two boxes of different categories that overlap more, keep the better one; 1 "
        "keeps both",
    )
    finding.add_argument(
        "--presence",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="drop boxes in which the pose model sees no instrument, if it can tell",
    )
    finding.add_argument(
        "--tta",
        action=argparse.BooleanOptionalAction,
        help="look at every picture mirrored and turned, too: better, for three to four times the "
        "time (default: yes for pictures, if the networks gain by it; no for video)",
    )
    finding.add_argument(
        "--flip-test",
        action=argparse.BooleanOptionalAction,
        help="average keypoints with those of the mirrored instrument, for twice the time of the "
        "pose model; pictures with --tta have that anyway (default: yes, if the networks gain by "
        "it; with general for likely instruments)",
    )

    add_zoom(finding)

    running = parser.add_argument_group("running")
    add_device(running)
    add_provider(running)
    add_precision(running)
    add_batch_size(running)
    add_shard(running, "look only at the I-th of N parts of the inputs, to share them out")
    add_watch(running)
    add_engine(running)

    video = parser.add_argument_group("video")
    video.add_argument(
        "--det-interval",
        type=whole("[1, inf)"),
        default=1,
        metavar="N",
        help="search every N-th frame for instruments, and follow them in between",
    )
    add_stride(video)
    add_max_frames(video, "stop a video after so many frames (default: at its end)")
    video.add_argument(
        "--no-track", action="store_true", help="give no track ids, and smooth nothing"
    )
    video.add_argument(
        "--no-smooth", action="store_true", help="leave keypoints as they are from frame to frame"
    )

    stages = parser.add_argument_group("one stage at a time")
    stages.add_argument(
        "--save-boxes",
        type=Path,
        metavar="FILE",
        help="only detect, and write the boxes here; needs no pose model",
    )
    stages.add_argument(
        "--boxes",
        type=Path,
        metavar="FILE",
        help="take the boxes of this file, do not detect; needs no detector",
    )

    add_spatial_arguments(parser.add_argument_group("in space"))

    output = parser.add_argument_group("output")
    output.add_argument(
        "--show",
        action="store_true",
        help="show everything in a window as it is done; a key leads to the next picture, q stops",
    )
    output.add_argument(
        "--format",
        choices=("json", "coco", "csv"),
        default="json",
        help="predictions.json alone, or coco_results.json as well, or measures.csv, a table of "
        "openings, gaps and tips",
    )
    output.add_argument(
        "--kpt-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=KEYPOINT_THR,
        help="draw no keypoints with a lower score",
    )
    output.add_argument("--no-draw", action="store_true", help="write no drawings")
    output.add_argument(
        "--save-frames", action="store_true", help="write drawn frames as pictures, too"
    )
    output.add_argument(
        "--crop", action="store_true", help="write each instrument cut out, as a picture"
    )


def check_predict_arguments(args: argparse.Namespace) -> None:
    """Refuse flags that cannot be given together, and a call that names nothing to look at.

    Raises:
        InputError: naming the flags, or a file that is not to be replaced.
    """
    if args.save_boxes is not None and args.boxes is not None:
        raise InputError("--save-boxes runs the detector, --boxes replaces it; give one of them")
    if args.save_boxes is not None and args.show:
        raise InputError(
            "--save-boxes runs the detector alone, --show needs keypoints; leave one out"
        )
    if args.save_boxes is not None and (idle := _beyond_boxes(args)):
        raise InputError(f"--save-boxes writes boxes and nothing else; leave {idle} out")
    if args.save_boxes is not None:
        refuse_to_replace(args.save_boxes, BOXES_MARK, "a file of --save-boxes")
    if args.boxes is not None and (idle := _of_detector(args)):
        raise InputError(f"--boxes takes the place of the detector; leave {idle} out")
    if not args.sources and not args.watch:
        raise InputError("nothing to look at is named; give files, folders or --watch DIR")
    if args.watch and not Path(args.watch).is_dir():
        raise InputError(f"--watch {args.watch}: no such folder; make it first")
    if args.watch and args.shard != (1, 1):
        raise InputError("--watch joins what it finds, --shard joins nothing; leave one out")
    if args.engine != "local" and args.show:
        raise InputError("--show opens a window here, --engine ray works elsewhere; leave one out")


def refuse_foreign_outputs(predictions: Path, tables: Iterable[Path]) -> bool:
    """Keep what the user put into the folder of the results.

    Args:
        predictions: the predictions.json to write.
        tables: further files to write; one of an earlier run has a predictions.json beside it.

    Returns:
        Whether an earlier run wrote into the folder.

    Raises:
        InputError: a file is there that no run wrote.
    """
    refuse_to_replace(
        predictions, _PREDICTIONS_MARK, "what `predict` wrote", remedy="choose another --out-dir"
    )
    again = predictions.is_file()
    for table in () if again else tables:
        if table.is_file() and table.stat().st_size:
            raise InputError(
                f"{table}: is there without a predictions.json, so no run wrote it; choose "
                "another --out-dir, or remove it first"
            )
    return again


def _beyond_boxes(args: argparse.Namespace) -> str:
    """The flags that ask for more than boxes."""
    return _given(
        {
            f"--format {args.format}": args.format != "json",
            "--crop": args.crop,
            "--save-frames": args.save_frames,
            "--flip-test": args.flip_test,
            "--camera": args.camera is not None,
            "--model-3d": args.model_3d is not None,
        }
    )


def _of_detector(args: argparse.Namespace) -> str:
    """The flags that only a detector follows."""
    return _given(
        {
            "--zoom": args.zoom != "off",
            "--nms-thr": args.nms_thr is not None,
            "--det-interval": args.det_interval != 1,
        }
    )


def _given(flags: dict[str, bool]) -> str:
    return ", ".join(flag for flag, given in flags.items() if given)
