"""``surgtools bench``: frames per second and latency of each step on this machine."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.ranges import real, whole
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.running_arguments import add_batch_size, add_device, add_precision
from surgtools.errors import InputError
from surgtools.evaluation.settings import SCORE_THR

EPILOG = """\
peers, on the same clip and in turns with ours:
  --against host            MMPose's inferencer on the same models; ratio to our torch path
  --against rtmlib=PYTHON   rtmlib on the same ONNX files; ratio to our ONNX path
  --against yolo=PYTHON     YOLOv8s-pose at its default size; ratio to our ONNX path
PYTHON is that of an environment that has the peer. Nobody averages with mirrored crops here.
"""

PEERS = {"host": "torch", "rtmlib": "onnx", "yolo": "onnx"}
"""Peer to which of our paths it is compared with."""

_SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks/peers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="video or folder of pictures to run on (default: a drawn 1080p clip)",
    )
    parser.add_argument(
        "--frames", type=whole("[3, inf)"), metavar="N", default=100, help="frames to take of it"
    )
    add_model_arguments(parser, exported=False)
    add_device(parser, "cpu")
    add_precision(parser)
    add_batch_size(parser)
    parser.add_argument(
        "--bbox-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=SCORE_THR,
        help="lowest box score that becomes an instrument",
    )
    parser.add_argument(
        "--no-onnx", action="store_true", help="measure the networks in torch alone"
    )
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="PEER[=PYTHON]",
        help="also run a peer, see below; may be given several times",
    )
    parser.add_argument(
        "--rounds",
        type=whole("[1, inf)"),
        metavar="N",
        default=3,
        help="runs of the whole, of which the median counts",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="JSON file to write the figures to"
    )


def run(args: argparse.Namespace) -> int:
    pythons = _parse_peers(args)
    if args.out:
        refuse_to_replace(args.out, '"fps"', "what a bench wrote")
    models = models_of(args, exported=False).require_pair("bench runs, and exports,")
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(args, models, Path(folder), pythons)
    for name, entry in figures.items():
        print(name)
        for step, values in entry.items():
            print(f"  {step:<16}" + "  ".join(f"{k} {v:9.2f}" for k, v in values.items()))
    if args.out:
        from surgtools.files import write_json

        write_json(args.out, figures, indent=2)
    return 0


def _parse_peers(args: argparse.Namespace) -> dict[str, str]:
    pythons = {}
    for text in args.against:
        name, _, python = text.partition("=")
        if name not in PEERS:
            raise InputError(f"--against {text}: {', '.join(PEERS)} are known")
        if name != "host" and not python:
            raise InputError(f"--against {name}={python}: name the python that has {name}")
        if name != "host" and not _SCRIPTS.is_dir():
            raise InputError(
                f"--against {name}: its script is part of the checkout, not of the package; run "
                "bench there"
            )
        if args.no_onnx and PEERS[name] == "onnx":
            raise InputError(f"--against {name} compares ONNX; leave --no-onnx out")
        pythons[name] = python
    return pythons


def _measure(
    args: argparse.Namespace, models, folder: Path, pythons: dict[str, str]
) -> dict[str, Any]:
    from surgtools.prediction.benchmark import (
        draw_clip,
        measure_drawn,
        measure_results,
        measure_steps,
        require_frame,
    )
    from surgtools.prediction.inferencer import Inferencer
    from surgtools.prediction.stage_shares import measure_limit, measure_stages

    if args.source:
        require_frame(args.source)
    clip = args.source or str(draw_clip(folder / "clip.mp4", args.frames))
    options = {"batch_size": args.batch_size, "bbox_thr": args.bbox_thr}
    options |= {"flip_test": False, "tta": False}
    torch_path = Inferencer(
        models=models,
        device=args.device,
        precision=args.precision,
        trust_checkpoint=args.trust_checkpoint,
        **options,
    )
    paths = {"torch": torch_path}
    if not args.no_onnx:
        from surgtools.export import export_models

        exported = export_models(
            models, folder / "onnx", "rtmlib" in pythons, args.trust_checkpoint
        )
        paths["onnx"] = Inferencer(models=exported, **options)
    figures: dict[str, Any] = {
        name: measure_steps(inferencer, clip, args.frames) for name, inferencer in paths.items()
    }
    contenders: dict[str, Callable[[], dict]] = {
        name: lambda inferencer=inferencer: measure_results(inferencer, clip, args.frames)
        for name, inferencer in paths.items()
    }
    contenders |= {
        name: _peer(name, python, args, models, folder / "onnx", clip)
        for name, python in pythons.items()
    }
    rounds = [{name: run() for name, run in contenders.items()} for _ in range(args.rounds)]
    for name in contenders:
        by_speed = sorted((one[name] for one in rounds), key=lambda entry: entry["fps"])
        figures.setdefault(name, {})["whole"] = by_speed[len(by_speed) // 2]
    for name, inferencer in paths.items():
        figures[name]["whole, drawn"] = measure_drawn(inferencer, clip, args.frames)
        stages = measure_stages(inferencer, clip, args.frames)
        figures[name] |= {f"stage {stage}": values for stage, values in stages.items()}
        figures[name]["limit"] = limit = measure_limit(torch_path, clip, stages)
        limit["reached"] = 100 * figures[name]["whole"]["fps"] / limit["fps"]
    for name in pythons:
        ours, theirs = figures[PEERS[name]]["whole"]["fps"], figures[name]["whole"]["fps"]
        figures.setdefault("ratio", {})[f"{PEERS[name]} / {name}"] = {"fps": ours / theirs}
    return figures


def _peer(
    name: str, python: str, args: argparse.Namespace, models, exported: Path, clip: str
) -> Callable[[], dict]:
    """One run of a peer: ``fps``, ``p50_ms``, ``p95_ms`` and ``frames``."""
    if name == "host":
        return _host(args, models, clip)
    frames, threshold = str(args.frames), str(args.bbox_thr)
    if name == "rtmlib":
        command = [python, _SCRIPTS / "rtmlib_speed.py", exported, clip, frames, threshold]
    else:
        command = [sys.executable, _SCRIPTS / "yolo_speed.py", python, clip, frames, threshold]
    return lambda: _run_script(name, list(map(str, command)))


def _host(args: argparse.Namespace, models, clip: str) -> Callable[[], dict]:
    from itertools import islice

    from surgtools.prediction.benchmark import measure_frame_by_frame
    from surgtools.prediction.host_peer import host_predictor
    from surgtools.prediction.video import VideoReader

    predict = host_predictor(
        *models.files("detector"), *models.files("pose"), args.device, args.bbox_thr
    )

    def run() -> dict:
        with VideoReader(clip) as reader:
            images = (image for _, _, image in islice(reader, args.frames))
            return measure_frame_by_frame(predict, images)

    return run


def _run_script(name: str, command: list[str]) -> dict[str, float]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError) as error:
        stderr = getattr(error, "stderr", None) or str(error)
        raise InputError(f"{name} failed: {stderr.strip().splitlines()[-1]}") from error
