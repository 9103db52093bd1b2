"""``surgtools bench``: frames per second and latency of each step on this machine."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from surgtools.errors import InputError

HELP = "measure speed on this machine"
_PEER = Path(__file__).resolve().parents[2] / "tools/peers/rtmlib_speed.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", nargs="?", help="a video; default: a drawn 1080p clip")
    parser.add_argument("--frames", type=int, default=100, help="frames to take [100]")
    parser.add_argument("--det-model", help="alias or config of the detector")
    parser.add_argument("--det-weights", help="checkpoint of the detector")
    parser.add_argument("--pose2d", help="alias or config of the pose model")
    parser.add_argument("--pose2d-weights", help="checkpoint of the pose model")
    parser.add_argument("--device", default="cpu", help="of the torch path [cpu]")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--bbox-thr", type=float, default=0.3)
    parser.add_argument("--no-onnx", action="store_true", help="torch only")
    parser.add_argument(
        "--against",
        action="append",
        choices=("host", "rtmlib"),
        default=[],
        help="also run a peer on the same models and clip; may be given twice",
    )
    parser.add_argument("--peer-python", help="python of an environment that has rtmlib")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")


def run(args: argparse.Namespace) -> int:
    from surgtools.zoo import DETECTOR, POSE, resolve

    if args.frames < 3:
        raise InputError(f"--frames {args.frames}: 3 or more is expected")
    if "rtmlib" in args.against and not args.peer_python:
        raise InputError("--against rtmlib needs --peer-python, the python that has rtmlib")
    if "rtmlib" in args.against and args.no_onnx:
        raise InputError("--against rtmlib compares ONNX; leave --no-onnx out")
    files = {
        "det": resolve(args.det_model, args.det_weights, DETECTOR),
        "pose": resolve(args.pose2d, args.pose2d_weights, POSE),
    }
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(args, files, Path(folder))
    for name, entry in figures.items():
        print(name)
        for step, values in entry.items():
            print(f"  {step:<16}" + "  ".join(f"{k} {v:9.2f}" for k, v in values.items()))
    if args.out:
        from surgtools.files import write_json

        write_json(args.out, figures, indent=2)
    return 0


def _measure(args: argparse.Namespace, files: dict, folder: Path) -> dict[str, Any]:
    from surgtools.inference.benchmark import draw_clip, measure_steps, measure_whole
    from surgtools.inference.inferencer import Inferencer

    clip = Path(args.source) if args.source else draw_clip(folder / "clip.mp4", args.frames)
    # rtmlib has no mirrored crops to average with: nobody uses them here
    options = {"batch_size": args.batch_size, "bbox_thr": args.bbox_thr, "flip_test": False}
    torch_path = Inferencer(*files["pose"], *files["det"], args.device, **options)
    paths = {"torch": torch_path}
    if not args.no_onnx:
        from surgtools.export import export_models

        exported = export_models(*files["det"], *files["pose"], folder / "onnx", for_rtmlib=True)
        paths["onnx"] = Inferencer(model=exported, **options)
    figures: dict[str, Any] = {}
    for name, inferencer in paths.items():
        steps = measure_steps(inferencer, clip, args.frames)
        figures[name] = steps | {"whole": measure_whole(inferencer, clip, args.frames)}
    if "host" in args.against:
        figures["host"] = {"whole": _run_host(args, files, clip)}
        ours = figures["torch"]["whole"]["fps_results"]
        figures["ratio"] = {"torch / host": {"fps": ours / figures["host"]["whole"]["fps"]}}
    if "rtmlib" in args.against:
        figures["rtmlib"] = {"whole": _run_rtmlib(args, folder / "onnx", clip)}
        ratio = figures["onnx"]["whole"]["fps_results"] / figures["rtmlib"]["whole"]["fps"]
        figures.setdefault("ratio", {})["onnx / rtmlib"] = {"fps": ratio}
    return figures


def _run_host(args: argparse.Namespace, files: dict, clip: Path) -> dict[str, float]:
    from itertools import islice

    from surgtools.inference.benchmark import measure_frame_by_frame
    from surgtools.inference.host_peer import host_predictor
    from surgtools.inference.video import VideoReader

    predict = host_predictor(*files["det"], *files["pose"], args.device, args.bbox_thr)
    with VideoReader(str(clip)) as reader:
        images = (image for _, _, image in islice(reader, args.frames))
        return measure_frame_by_frame(predict, images)


def _run_rtmlib(args: argparse.Namespace, exported: Path, clip: Path) -> dict[str, float]:
    command = [args.peer_python, str(_PEER), str(exported), str(clip), str(args.frames)]
    try:
        done = subprocess.run(
            [*command, str(args.bbox_thr)], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError) as error:
        stderr = getattr(error, "stderr", None) or str(error)
        raise InputError(f"rtmlib failed: {stderr.strip().splitlines()[-1]}") from error
