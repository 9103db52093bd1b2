"""``surgtools predict``: pictures and video in, predictions.json and drawings out."""

import argparse
import sys
import time
from pathlib import Path

from surgtools.cli.data_arguments import add_max_frames, add_pictures, add_stride
from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.output_arguments import add_out_dir, fresh_folder
from surgtools.cli.ranges import real, whole
from surgtools.cli.running_arguments import add_batch_size, add_device, add_precision, add_zoom
from surgtools.cli.spatial_arguments import add_spatial_arguments, space_of
from surgtools.errors import InputError, hide_passwords
from surgtools.evaluation.settings import KEYPOINT_THR, PLACE_THR, SCORE_THR

FRESH = Path("outputs/predict")
"""Where results go when the user names no folder; with a number behind it when that is there."""

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
    add_pictures(parser)
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
        "time (default: yes for pictures, no for video)",
    )
    finding.add_argument(
        "--flip-test",
        action=argparse.BooleanOptionalAction,
        help="average keypoints with those of the mirrored instrument, for twice the time of the "
        "pose model; pictures with --tta have that anyway (default: yes)",
    )

    add_zoom(finding)

    running = parser.add_argument_group("running")
    add_device(running)
    add_precision(running)
    add_batch_size(running)

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
    from surgtools.prediction.frame_reader import count_frames
    from surgtools.prediction.inferencer import Inferencer
    from surgtools.prediction.over_time import VideoSettings
    from surgtools.prediction.sources import find_sources
    from surgtools.prediction.window import Window
    from surgtools.spatial.space import Space

    _check(args)
    camera, in_space = space_of(args)
    window = Window() if args.show else None
    if args.out_dir is None:
        args.out_dir = fresh_folder(FRESH)
        if args.save_boxes is None:
            print(f"results: {args.out_dir}")
    problems: list = []
    sources = find_sources(args.sources, problems.append, args.out_dir)
    if not sources:
        raise InputError("; ".join(f"{p.source}: {p.message}" for p in problems))
    video = VideoSettings(
        track=not args.no_track and args.save_boxes is None,
        smooth=not args.no_smooth,
        det_interval=args.det_interval,
        stride=args.stride,
        max_frames=args.max_frames,
    )
    inferencer = Inferencer(
        models=models_of(args),
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
        only="pose" if args.boxes else "detector" if args.save_boxes else None,
    )
    drawing = not args.no_draw or args.save_frames or args.crop or args.show
    results = inferencer(
        sources,
        boxes=args.boxes,
        keep_images=drawing and args.save_boxes is None,
        video=video,
        pose=args.save_boxes is None,
    )
    total = count_frames(sources, args.stride, args.max_frames)
    space = Space(camera, in_space, inferencer.predictor.taxonomy, video.track and video.smooth)
    return _write(args, inferencer, results, total, problems, window, space)


def _check(args: argparse.Namespace) -> None:
    if args.save_boxes is not None and args.boxes is not None:
        raise InputError("--save-boxes runs the detector, --boxes replaces it; give one of them")
    if args.save_boxes is not None and args.show:
        raise InputError(
            "--save-boxes runs the detector alone, --show needs keypoints; leave one out"
        )


def _write(
    args: argparse.Namespace,
    inferencer,
    results,
    total: int | None,
    unusable: list,
    window,
    space,
) -> int:
    from surgtools.cli.frame_progress import frame_progress
    from surgtools.prediction.drawing import draw_instances
    from surgtools.prediction.outputs import Outputs, OutputSettings
    from surgtools.prediction.predictions_file import PredictionsFile
    from surgtools.spatial.space_csv import write_space_csv

    path = args.save_boxes or args.out_dir / "predictions.json"
    settings = {k: v for k, v in vars(args).items() if k not in ("run", "command")}
    settings["sources"] = [hide_passwords(source) for source in args.sources]
    settings["spatial"] = space.to_record()
    predictions = PredictionsFile(path, inferencer.models, settings, inferencer.predictor.taxonomy)
    alone = args.save_boxes is not None
    outputs = Outputs(
        args.out_dir,
        predictions,
        OutputSettings(
            draw=not args.no_draw and not alone,
            kpt_thr=args.kpt_thr,
            coco=args.format == "coco" and not alone,
            frames=args.save_frames and not alone,
            crops=args.crop and not alone,
        ),
    )
    start, interrupted = time.perf_counter(), False
    try:
        with frame_progress("predict", total) as advance:
            for result in map(space.measure, results):
                outputs.put(result)
                advance()
                if window is not None:
                    drawn = draw_instances(result.image, result.instances, args.kpt_thr)
                    window.show(drawn, wait=result.kind == "image")
    except KeyboardInterrupt:
        interrupted = True
        results.close()
    except BaseException:
        results.close()  # ends the threads, which may not outlive the interpreter
        outputs.keep([*unusable, *inferencer.problems])
        raise
    try:
        outputs.drain()
        problems = [*unusable, *inferencer.problems, *outputs.problems]
        for problem in problems:
            print(f"surgtools predict: {problem.source}: {problem.message}", file=sys.stderr)
        if not predictions.num_frames:
            if interrupted:
                raise KeyboardInterrupt
            raise InputError(
                f"none of the {len(problems)} inputs could be used; nothing was written"
            )
        outputs.close(problems, complete=not interrupted)
        if args.format == "csv" and not alone:
            write_space_csv(path, args.out_dir / "measures.csv")
    except BaseException:
        outputs.discard()
        raise
    seconds = time.perf_counter() - start
    print(
        f"{predictions.num_frames} frames, {predictions.num_instances} instances, "
        f"{predictions.num_frames / seconds:.1f} frames/s -> {path}"
    )
    if interrupted:
        return 130
    return 3 if problems else 0
