"""``surgtools predict``: pictures and video in, predictions.json and drawings out."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from surgtools.cli.model_arguments import models_of
from surgtools.cli.output_arguments import fresh_folder
from surgtools.cli.predict_arguments import (
    FRESH,
    add_predict_arguments,
    check_predict_arguments,
    refuse_foreign_outputs,
)
from surgtools.cli.spatial_arguments import space_of
from surgtools.errors import hide_passwords

NOT_DECIDING = frozenset(
    "sources out_dir save_boxes models det_model det_weights pose2d pose2d_weights "
    "trust_checkpoint device provider batch_size show shard watch engine format".split()
)
"""Flags that leave the result of a source as it is; of the models their files decide."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See ``add_predict_arguments``."""
    add_predict_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, and write what was found."""
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

    check_predict_arguments(args)
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
    del shown["sources"]  # may be many: what tells files apart is to stand before them
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
            provider=args.provider,
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
        require=partial(_require_size, camera),
        measure=partial(_measuring, camera, models_3d, steady),
    )
    results, measures = args.out_dir / "coco_results.json", args.out_dir / "measures.csv"
    again = not alone and refuse_foreign_outputs(
        job.parts.output, [file for file, asked in ((results, coco), (measures, table)) if asked]
    )

    def write_measures() -> None:
        if table or (again and measures.is_file()):  # one of an earlier run would be stale
            write_space_csv(job.parts.output, measures)

    whole = PredictRun(
        inputs=[*args.sources, *filter(None, [args.watch])],
        job=job,
        shown=shown,
        coco=results if coco else None,
        stale=results if again and not coco else None,
        shard=args.shard,
        anew=args.show,
        engine=args.engine,
        see=see,
        after=write_measures,
    )
    return whole.watch() if args.watch else whole.once()


def _require_size(camera: Any, frame: Any) -> None:
    """Refuse frames of another size than the camera's; a worker elsewhere calls this, too."""
    if camera is not None:
        height, width = frame.image.shape[:2]
        camera.require_size(width, height, frame.source.name)


def _measuring(camera: Any, models_3d: list, smooth: bool, taxonomy: Any) -> Callable:
    """What adds measures to each result; a worker elsewhere calls this, too."""
    from surgtools.spatial.space import Space

    return Space(camera, models_3d, taxonomy, smooth).measure
