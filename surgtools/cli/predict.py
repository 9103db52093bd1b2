"""``surgtools predict``: pictures and video in, predictions.json and drawings out."""

import argparse
import sys
import time
from pathlib import Path

from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.errors import InputError
from surgtools.evaluation.settings import PLACE_THR, SCORE_THR

HELP = "find instruments in images, folders and videos"

EPILOG = """\
sources: files, folders (searched with subfolders), quoted globs, videos, rtsp:// and http://
streams, webcam numbers.

exit codes: 0 everything was processed; 3 results were written, but some inputs could not be used
(listed at the end and in predictions.json under summary.problems); 2 nothing usable or a wrong
argument, nothing written; 130 stopped by Ctrl-C, the results so far are complete files. Where an
error ends a run in the middle, the results so far are kept, with summary.complete false.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what to look at, see below")
    parser.add_argument("--out-dir", required=True, type=Path, help="folder for the results")

    add_model_arguments(parser)

    run = parser.add_argument_group("running")
    run.add_argument("--device", help="cpu, cuda:0; default: CUDA where there is one")
    run.add_argument("--precision", choices=("fp32", "fp16", "bf16"), help="default: fp16 on CUDA")
    run.add_argument("--batch-size", type=int, default=8, help="pictures at once [8]")
    run.add_argument(
        "--bbox-thr", type=float, default=SCORE_THR, help=f"lowest box score [{SCORE_THR}]"
    )
    run.add_argument("--nms-thr", type=float, help="highest overlap of two boxes of one category")
    run.add_argument(
        "--place-thr",
        type=float,
        default=PLACE_THR,
        help=f"highest overlap of two boxes of different categories, 1 keeps both [{PLACE_THR}]",
    )
    run.add_argument("--kpt-thr", type=float, default=0.1, help="lowest score drawn [0.1]")
    run.add_argument(
        "--flip-test",
        action=argparse.BooleanOptionalAction,
        help="of video, and of pictures with --no-tta: average with the mirrored crop, for twice "
        "the time of the pose model [yes]",
    )
    run.add_argument(
        "--tta",
        action=argparse.BooleanOptionalAction,
        help="test-time augmentation: look at the picture mirrored and turned, too, for three to "
        "four times the time [pictures yes, video no]",
    )
    run.add_argument(
        "--presence",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="drop boxes in which a pose model that can tell sees no instrument [yes]",
    )

    video = parser.add_argument_group("video")
    video.add_argument(
        "--det-interval", type=int, default=1, metavar="N", help="detect on every N-th frame [1]"
    )
    video.add_argument("--stride", type=int, default=1, help="take every N-th frame [1]")
    video.add_argument("--max-frames", type=int, help="stop a video after so many frames")
    video.add_argument("--no-track", action="store_true", help="no track ids and no smoothing")
    video.add_argument("--no-smooth", action="store_true", help="no One-Euro smoothing")

    stages = parser.add_argument_group("one stage at a time")
    stages.add_argument(
        "--save-boxes", type=Path, metavar="FILE", help="detect only and write the boxes here"
    )
    stages.add_argument(
        "--boxes", type=Path, metavar="FILE", help="take the boxes of this file, do not detect"
    )

    output = parser.add_argument_group("output")
    output.add_argument(
        "--format", choices=("json", "coco"), default="json", help="coco adds coco_results.json"
    )
    output.add_argument("--no-draw", action="store_true", help="JSON only")
    output.add_argument("--save-frames", action="store_true", help="drawn frames as pictures too")
    output.add_argument("--crop", action="store_true", help="cut each instrument out too")


def run(args: argparse.Namespace) -> int:
    from surgtools.prediction.frame_reader import count_frames
    from surgtools.prediction.inferencer import Inferencer
    from surgtools.prediction.over_time import VideoSettings
    from surgtools.prediction.sources import find_sources

    _check(args)
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
        precision=args.precision,
        trust_checkpoint=args.trust_checkpoint,
    )
    drawing = not args.no_draw or args.save_frames or args.crop
    results = inferencer(
        sources,
        boxes=args.boxes,
        keep_images=drawing and args.save_boxes is None,
        video=video,
        pose=args.save_boxes is None,
    )
    total = count_frames(sources, args.stride, args.max_frames)
    return _write(args, inferencer, results, total, problems)


def _check(args: argparse.Namespace) -> None:
    if args.save_boxes is not None and args.boxes is not None:
        raise InputError("--save-boxes runs the detector, --boxes replaces it; give one of them")
    for name in ("bbox_thr", "nms_thr", "place_thr", "kpt_thr"):
        value = getattr(args, name)
        if value is not None and not 0 <= value <= 1:
            raise InputError(f"--{name.replace('_', '-')} {value}: between 0 and 1 is expected")
    if args.max_frames is not None and args.max_frames < 1:
        raise InputError(f"--max-frames {args.max_frames}: 1 or more is expected")
    if args.out_dir.exists() and not args.out_dir.is_dir():
        raise InputError(f"{args.out_dir}: is a file; --out-dir wants a folder")


def _write(
    args: argparse.Namespace, inferencer, results, total: int | None, unusable: list
) -> int:
    from surgtools.cli.frame_progress import frame_progress
    from surgtools.prediction.outputs import Outputs, OutputSettings
    from surgtools.prediction.predictions_file import PredictionsFile
    from surgtools.prediction.sources import without_password

    path = args.save_boxes or args.out_dir / "predictions.json"
    settings = {k: v for k, v in vars(args).items() if k not in ("run", "command")}
    settings["sources"] = [without_password(source) for source in args.sources]
    predictions = PredictionsFile(path, inferencer.models, settings)
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
            for result in results:
                outputs.put(result)
                advance()
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
