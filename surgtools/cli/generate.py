"""``surgtools generate``: hand a request to the generator, which runs in its own process.

Blender and BlenderProc are GPL and large; nothing of ``data_gen`` is imported here.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import surgtools
from surgtools.cli.data_arguments import SPLITS, add_num
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.passed_over import tell_passed_over
from surgtools.cli.ranges import pair, real, whole
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.running_arguments import add_seed, add_workers
from surgtools.cli.second_interrupt import CODE
from surgtools.cli.sharing_arguments import add_engine, add_shard
from surgtools.errors import InputError

SUBJECTS = ("card", "inspect", "verify")
"""First words that look at something instead of rendering."""

RIG_ANGLE = 30.0
"""Degrees between neighbors of a rig, unless asked otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "preset",
        metavar="PRESET",
        help="what scenes look like: a name from configs/data_gen or a YAML file of yours. Or one "
        "of three words: `card DIR` writes the page of a dataset, `inspect MODEL` tells about an "
        "instrument model, `verify PRESET` compares labels with the renderer",
    )
    parser.add_argument(
        "target", nargs="?", metavar="WHAT", help="what `card`, `inspect` or `verify` look at"
    )
    add_out_dir(parser, "dataset folder; DIR/SPLIT is filled", required=False)
    add_num(parser, "pictures in all", 100)
    add_seed(parser)
    parser.add_argument(
        "--split", default="train", choices=SPLITS, help="part of the dataset to fill"
    )
    add_workers(parser, os.cpu_count() or 1, "processes that render at once", least=1)
    add_shard(parser, "make only the I-th of N parts, to share the work between machines")
    add_engine(parser)
    parser.add_argument(
        "--resolution",
        type=pair("x"),
        metavar="WxH",
        help="size of the pictures in pixels (default: the camera's, else the preset's)",
    )
    parser.add_argument(
        "--samples",
        type=whole("[1, inf)"),
        metavar="N",
        help="paths per pixel: more is cleaner and slower (default: the preset's)",
    )
    parser.add_argument(
        "--layers",
        action="store_true",
        help="also write every picture's instruments alone, as PNG with transparency",
    )
    parser.add_argument(
        "--labels-only",
        action="store_true",
        help="label layouts and render nothing, for networks that read keypoints, as the lifter; "
        "nothing counts as hidden",
    )
    parser.add_argument(
        "--video",
        type=whole("[0, inf)"),
        default=0,
        metavar="FRAMES",
        help="make clips of so many frames, with an mp4 of each; 0 makes single pictures",
    )
    parser.add_argument(
        "--gestures",
        action="store_true",
        help="clips of scripted gestures of a needle holder and tweezers, with gestures.csv and "
        "exact_predictions.json for `gestures`; with --labels-only nothing is rendered",
    )
    parser.add_argument(
        "--instruments",
        "--models",
        dest="models",
        nargs="+",
        default=[],
        metavar="FILE",
        help="instrument models of your own instead of the built-in ones",
    )
    parser.add_argument(
        "--taxonomy",
        metavar="FILE",
        help="the categories to label, as a .yaml (default: the built-in ones, and those that "
        "the models define)",
    )
    parser.add_argument(
        "--backgrounds",
        metavar="DIR",
        help="photographs to put behind everything and on the ground",
    )
    parser.add_argument(
        "--textures", metavar="DIR", help="pictures of surfaces, for the ground alone"
    )
    parser.add_argument(
        "--hdris", metavar="DIR", help="equirectangular .hdr or .exr skies, for the light"
    )
    parser.add_argument(
        "--camera",
        metavar="JSON",
        help="intrinsics of a camera: width, height, fx, fy, cx, cy; distortion: one number",
    )
    parser.add_argument(
        "--rig",
        type=whole("[2, inf)"),
        default=0,
        metavar="N",
        help="see every scene from N cameras side by side: DIR/cam_0 and so on, and DIR/rig.toml "
        "for `triangulate`; needs --camera",
    )
    parser.add_argument(
        "--rig-angle",
        type=real("(0, 120]"),
        metavar="DEGREES",
        help=f"between neighbors of a rig (default: {RIG_ANGLE:g})",
    )
    parser.add_argument(
        "--skeleton",
        metavar="FILE",
        help="with `inspect MODEL`: write its keypoints over its openings, for `predict "
        "--model-3d`",
    )
    parser.add_argument("--no-card", action="store_true", help="leave out the page of the dataset")


def run(args: argparse.Namespace) -> int:
    """Start the generator and return its exit code."""
    request = build_request(args)
    tell_passed_over((args.backgrounds, args.textures), "generate")
    return start_generator(request)


def build_request(args: argparse.Namespace) -> dict:
    """The command line as the generator's JSON request.

    Raises:
        InputError: an option is missing or has no meaning, or a file would be lost.
    """
    if args.preset in SUBJECTS[:2]:
        if not args.target:
            raise InputError(f"`generate {args.preset}` needs what to look at as second word")
        key = "folder" if args.preset == "card" else "model"
        asked = {"taxonomy": args.taxonomy, "skeleton": args.skeleton}
        extra = {k: v for k, v in asked.items() if v} if args.preset == "inspect" else {}
        if "skeleton" in extra:
            inputs = [args.target, *filter(None, [args.taxonomy])]
            refuse_to_replace(args.skeleton, '"opening_rad"', "an instrument model", inputs)
        return {"task": args.preset, key: args.target, **extra}
    if args.skeleton:
        raise InputError("--skeleton belongs to `generate inspect MODEL`; leave it out")
    if args.preset == "verify" and args.target:
        chosen = {"preset": args.target, "num": args.num, "seed": args.seed}
        return {"task": "verify", **chosen, "overrides": _overrides(args)}
    if args.target:
        raise InputError(f"{args.target!r} is one word too many; options start with --")
    if args.gestures and not args.video:
        raise InputError("--gestures makes clips; add --video FRAMES, their length")
    if args.labels_only and ((args.video and not args.gestures) or args.layers or args.rig):
        raise InputError(
            "--labels-only makes single layouts and no picture; leave --video, --layers and --rig "
            "out"
        )
    if args.rig_angle is not None and not args.rig:
        raise InputError("--rig-angle belongs to --rig N, several cameras; add it or leave it out")
    if not args.out_dir:
        raise InputError("--out-dir DIR is missing; name the folder of the dataset")
    return {
        "task": "frames",
        "preset": args.preset,
        "out": str(args.out_dir),
        "num": args.num,
        "seed": args.seed,
        "split": args.split,
        "workers": args.workers,
        "shard": args.shard,
        "engine": args.engine,
        "layers": args.layers,
        **({"labels_only": True} if args.labels_only else {}),
        "video": args.video,
        **({"gestures": True} if args.gestures else {}),
        "backgrounds": args.backgrounds,
        "textures": args.textures,
        "hdris": args.hdris,
        "models": args.models,
        "camera": args.camera,
        **({"rig": args.rig, "rig_angle": args.rig_angle or RIG_ANGLE} if args.rig else {}),
        "taxonomy": args.taxonomy,
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
        process.wait()
        return CODE


def generator_root() -> Path:
    """The folder that holds ``data_gen``: of the checkout, or where the wheel was installed.

    Raises:
        InputError: it is in neither.
    """
    root = Path(surgtools.__file__).resolve().parents[1]
    if not (root / "data_gen/__main__.py").is_file():
        raise InputError(
            f"{root}: holds no data_gen, which is the generator; install the package again: "
            "`pip install '.[generator]'` in the folder of the checkout"
        )
    return root


def _overrides(args: argparse.Namespace) -> dict:
    """What the command line lays over the preset."""
    overrides: dict = {}
    if args.resolution:
        overrides["resolution"] = list(args.resolution)
    if args.samples is not None:
        overrides["render"] = {"samples": args.samples}
    return overrides
