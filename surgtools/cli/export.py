"""``surgtools export``: a folder of ONNX models that ``predict --models`` runs without torch."""

import argparse

from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import whole
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out_dir(parser, "folder for the exported models")
    add_model_arguments(parser, exported=False)
    parser.add_argument(
        "--rtmlib", action="store_true", help="also write pose_rtmlib.onnx, which rtmlib loads"
    )
    parser.add_argument(
        "--check",
        nargs="+",
        metavar="SOURCE",
        help="pictures and videos to compare the exported models with the networks on",
    )
    parser.add_argument(
        "--max-check",
        type=whole("[1, inf)"),
        metavar="N",
        default=200,
        help="pictures to compare at most",
    )


def run(args: argparse.Namespace) -> int:
    models = models_of(args, exported=False)
    if not models.is_one_stage or models.is_onnx:
        models.require_pair("export writes")
    refuse_to_replace(
        args.out_dir / "meta.json",
        '"surgtools"',
        "what `export` wrote",
        remedy="choose another --out-dir",
    )
    pictures = _read(args.check, args.max_check) if args.check else []

    from surgtools.export import OPSET, export_models, measure_parity

    export_models(models, args.out_dir, args.rtmlib, args.trust_checkpoint)
    size = sum(path.stat().st_size for path in args.out_dir.glob("*.onnx")) / 1e6
    print(f"{args.out_dir}: opset {OPSET}, dynamic batch, {size:.1f} MB")
    if not pictures:
        return 0
    parity = measure_parity(args.out_dir, pictures, models, args.trust_checkpoint)
    print(
        f"against torch on {parity.pictures} pictures, {parity.instances} instances: "
        f"{'same' if parity.same_instances else 'DIFFERENT'} instances, boxes differ by at most "
        f"{parity.max_box_px:.4f} px, keypoints by {parity.max_keypoint_px:.4f} px, scores by "
        f"{parity.max_score:.5f}"
    )
    return 0 if parity.same_instances and parity.max_keypoint_px <= 0.1 else 1


def _read(inputs: list[str], limit: int) -> list:
    from itertools import islice

    from surgtools.prediction.frame_reader import read_frames
    from surgtools.prediction.sources import find_sources

    problems: list = []
    sources = find_sources(inputs, problems.append)
    frames = [f.image for f in islice(read_frames(sources, problems.append), limit)]
    if not frames:
        raise InputError("; ".join(f"{p.source}: {p.message}" for p in problems))
    return frames
