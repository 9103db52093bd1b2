"""``surgtools generate``: hand a request to the generator, which runs in its own process.

Blender and BlenderProc are GPL and large; nothing of ``data_gen`` is imported here.
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import surgtools
from surgtools.errors import InputError

HELP = "render labelled synthetic images or video"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "preset",
        metavar="PRESET",
        help="a name from configs/data_gen or a YAML file; `card DIR` writes the page of a "
        "dataset, `inspect MODEL` tells about a model of your own, `verify PRESET` holds labels "
        "against the renderer",
    )
    parser.add_argument("target", nargs="?", help="what `card`, `inspect` or `verify` look at")
    parser.add_argument("--out", metavar="DIR", help="dataset folder; DIR/SPLIT is filled")
    parser.add_argument("--num", type=int, default=100, help="pictures in all (100)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same dataset (0)")
    parser.add_argument("--split", default="train", choices=("train", "val", "test"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="part of the frames to make")
    parser.add_argument(
        "--resolution", metavar="WxH", help="in pixels; else the camera's or the preset's"
    )
    parser.add_argument("--samples", type=int, help="paths per pixel; else the preset's")
    parser.add_argument("--layers", action="store_true", help="also write RGBA layers")
    parser.add_argument(
        "--video", type=int, default=0, metavar="FRAMES", help="clips of so many frames, as mp4"
    )
    parser.add_argument("--models", nargs="+", default=[], metavar="FILE", help="your own tools")
    parser.add_argument(
        "--backgrounds", metavar="DIR", help="photographs behind everything, and on the ground"
    )
    parser.add_argument("--textures", metavar="DIR", help="pictures of surfaces, for the ground")
    parser.add_argument("--hdris", metavar="DIR", help="equirectangular .hdr or .exr skies")
    parser.add_argument("--camera", metavar="JSON", help="intrinsics: width height fx fy cx cy")
    parser.add_argument("--no-card", action="store_true", help="leave out the dataset card")


def run(args: argparse.Namespace) -> int:
    """Start the generator and return its exit code."""
    return start_generator(build_request(args))


def build_request(args: argparse.Namespace) -> dict:
    """The command line as the generator's JSON request.

    Raises:
        InputError: an option is missing or has no meaning.
    """
    if args.preset in ("card", "inspect"):
        if not args.target:
            raise InputError(f"`generate {args.preset}` needs what to look at as second word")
        key = "folder" if args.preset == "card" else "model"
        return {"task": args.preset, key: args.target}
    if args.preset == "verify" and args.target:
        chosen = {"preset": args.target, "num": args.num, "seed": args.seed}
        return {"task": "verify", **chosen, "overrides": _overrides(args)}
    if args.target:
        raise InputError(f"{args.target!r} is one word too many; options start with --")
    if not args.out:
        raise InputError("--out DIR is missing; name the folder of the dataset")
    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: at least 1 is expected")
    if args.seed < 0 or args.video < 0:
        raise InputError("--seed and --video take whole numbers from 0")
    return {
        "task": "frames",
        "preset": args.preset,
        "out": args.out,
        "num": args.num,
        "seed": args.seed,
        "split": args.split,
        "workers": args.workers,
        "shard": _pair(args.shard, "/", "--shard"),
        "layers": args.layers,
        "video": args.video,
        "backgrounds": args.backgrounds,
        "textures": args.textures,
        "hdris": args.hdris,
        "models": args.models,
        "camera": args.camera,
        "overrides": _overrides(args),
        "card": not args.no_card,
    }


def start_generator(request: dict) -> int:
    """Run the generator under this interpreter, or under ``blenderproc run`` without ``bpy``."""
    root = generator_root()
    # -P: a folder of the user that is called data_gen, too, is not what is run.
    command = [sys.executable, "-P", "-m", "data_gen"]
    if importlib.util.find_spec("bpy") is None and importlib.util.find_spec("blenderproc"):
        command = ["blenderproc", "run", str(root / "data_gen" / "__main__.py")]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [*command, json.dumps({**request, "parent": os.getpid()})],
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()


def generator_root() -> Path:
    """The folder that holds ``data_gen``: of the checkout, or where the wheel was installed.

    Raises:
        InputError: it is in neither.
    """
    root = Path(surgtools.__file__).resolve().parents[1]
    if not (root / "data_gen/__main__.py").is_file():
        raise InputError(
            f"{root}: holds no data_gen, which is the generator; install the package again, as "
            "`pip install 'surgtools[generator]'`"
        )
    return root


def _overrides(args: argparse.Namespace) -> dict:
    """What the command line lays over the preset."""
    overrides: dict = {}
    if args.resolution:
        overrides["resolution"] = list(_pair(args.resolution, "x", "--resolution"))
    if args.samples is not None:
        if args.samples < 1:
            raise InputError(f"--samples {args.samples}: at least 1 is expected")
        overrides["render"] = {"samples": args.samples}
    return overrides


def _pair(text: str, sign: str, option: str) -> tuple[int, int]:
    match = re.fullmatch(rf"(\d+){sign}(\d+)", text)
    if not match:
        raise InputError(f"{option} {text}: two whole numbers with `{sign}` between are expected")
    return int(match[1]), int(match[2])
