"""``surgtools predict``: pictures and video in, predictions.json and drawings out."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from surgtools.cli.data_arguments import add_max_frames, add_pictures, add_stride
from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.output_arguments import add_out_dir, fresh_folder
from surgtools.cli.ranges import real, whole
from surgtools.cli.running_arguments import add_batch_size, add_device, add_precision, add_zoom
from surgtools.cli.sharing_arguments import add_engine, add_shard, add_watch
from surgtools.cli.spatial_arguments import add_spatial_arguments, space_of
from surgtools.errors import InputError, hide_passwords
from surgtools.evaluation.settings import KEYPOINT_THR, PLACE_THR, SCORE_THR

FRESH = Path("outputs/predict")
"""Where results go when the user names no folder; with a number behind it when that is there."""

NOT_DECIDING = frozenset(
    "sources out_dir save_boxes models det_model det_weights pose2d pose2d_weights "
    "trust_checkpoint device batch_size show shard watch engine format".split()
)
"""Flags that leave the result of a source as it is; of the models their files decide."""

EPILOG = """\
sources: files, folders (searched with subfolders), quoted globs, videos, rtsp:// and http://
streams, webcam numbers.

exit codes: 0 everything was processed; 3 results were written, but some inputs could not be used
(listed at the end and in predictions.json under summary.problems); 2 nothing usable or a wrong
argument, nothing written; 130 stopped by Ctrl-C, the results so far are complete files. Where an
error ends a run in the middle, the results so far are kept, with summary.complete false.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
        "it)",
    )

    add_zoom(finding)

    running = parser.add_argument_group("running")
    add_device(running)
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


def run(args: argparse.Namespace) -> int:
    from surgtools.cli.predict_run import PredictRun
    from surgtools.prediction.drawing import draw_instances
    from surgtools.prediction.outputs import OutputSettings
    from surgtools.prediction.over_time import VideoSettings
    from surgtools.prediction.part_maker import PartJob
    from surgtools.prediction.parts import Parts
    from surgtools.prediction.results import FrameResult
    from surgtools.prediction.run_key import run_key
    from surgtools.prediction.window import Window
    from surgtools.spatial.space import space_record
    from surgtools.spatial.space_csv import write_space_csv

    _check(args)
    camera, models_3d = space_of(args)
    window = Window() if args.show else None
    if args.out_dir is None:
        args.out_dir = fresh_folder(FRESH)
        if args.save_boxes is None:
            print(f"results: {args.out_dir}")
    alone = args.save_boxes is not None
    drawing = not args.no_draw or args.save_frames or args.crop or args.show
    models = models_of(args)
    shown = {k: v for k, v in vars(args).items() if k not in ("run", "command")}
    coco, table = (args.format == kind and not alone for kind in ("coco", "csv"))
    deciding = {k: v for k, v in shown.items() if k not in NOT_DECIDING} | {"coco": coco}
    shown["sources"] = [hide_passwords(source) for source in args.sources]
    steady = not (args.no_track or args.no_smooth or alone)
    shown["spatial"] = space_record(camera, models_3d, steady)

    def see(result: FrameResult) -> None:
        if window is not None:
            drawn = draw_instances(result.image, result.instances, args.kpt_thr)
            window.show(drawn, wait=result.kind == "image")

    job = PartJob(
        parts=Parts(
            args.save_boxes or args.out_dir / "predictions.json", run_key(deciding, models)
        ),
        inferencer=dict(
            models=models,
            device=args.device,
            batch_size=args.batch_size,
            bbox_thr=args.bbox_thr,
            nms_thr=args.nms_thr,
            place_thr=args.place_thr,
            flip_test=args.flip_test,
            tta=args.tta,
            presence=args.presence,
            zoom=args.zoom,
            precision=args.precision,
            trust_checkpoint=args.trust_checkpoint,
            only="pose" if args.boxes else "detector" if alone else None,
        ),
        outputs=OutputSettings(
            draw=not args.no_draw and not alone,
            kpt_thr=args.kpt_thr,
            frames=args.save_frames and not alone,
            crops=args.crop and not alone,
        ),
        out_dir=args.out_dir,
        video=VideoSettings(
            track=not args.no_track and not alone,
            smooth=not args.no_smooth,
            det_interval=args.det_interval,
            stride=args.stride,
            max_frames=args.max_frames,
        ),
        boxes=args.boxes,
        pose=not alone,
        keep_images=drawing and not alone,
        coco=coco,
        measure=partial(_measuring, camera, models_3d, steady),
    )
    whole = PredictRun(
        inputs=[*args.sources, *filter(None, [args.watch])],
        job=job,
        shown=shown,
        coco=args.out_dir / "coco_results.json" if coco else None,
        shard=args.shard,
        anew=args.show,
        engine=args.engine,
        see=see,
        after=lambda: table and write_space_csv(job.parts.output, args.out_dir / "measures.csv"),
    )
    return whole.watch() if args.watch else whole.once()


def _measuring(camera: Any, models_3d: list, smooth: bool, taxonomy: Any) -> Callable:
    """What adds measures to each result; a worker elsewhere calls this, too."""
    from surgtools.spatial.space import Space

    return Space(camera, models_3d, taxonomy, smooth).measure


def _check(args: argparse.Namespace) -> None:
    if args.save_boxes is not None and args.boxes is not None:
        raise InputError("--save-boxes runs the detector, --boxes replaces it; give one of them")
    if args.save_boxes is not None and args.show:
        raise InputError(
            "--save-boxes runs the detector alone, --show needs keypoints; leave one out"
        )
    if not args.sources and not args.watch:
        raise InputError("nothing to look at is named; give files, folders or --watch DIR")
    if args.watch and not Path(args.watch).is_dir():
        raise InputError(f"--watch {args.watch}: no such folder; make it first")
    if args.watch and args.shard != (1, 1):
        raise InputError("--watch joins what it finds, --shard joins nothing; leave one out")
    if args.engine != "local" and args.show:
        raise InputError("--show opens a window here, --engine ray works elsewhere; leave one out")
