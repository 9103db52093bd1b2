"""``surgtools data paste``: lay instruments with alpha over other backgrounds."""

import argparse
from pathlib import Path

from surgtools.cli.outside_names import add_allow_outside
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make new pictures from the layers of a rendered data set (`surgtools generate ... "
        "--layers`): any background, mirrored and turned; the labels are carried along."
    )
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file whose images have layers")
    parser.add_argument(
        "--backgrounds", nargs="+", required=True, metavar="DIR", help="folders of pictures"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="gets images/ and the labels")
    parser.add_argument("--num", type=int, default=100, help="pictures to make (default: 100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--layers", metavar="DIR", help="default: layers/ beside FILE")
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    import numpy as np

    from surgtools.annotations.coco import load_coco
    from surgtools.annotations.paste import find_backgrounds, paste_layers

    if args.num < 1:
        raise InputError(f"--num {args.num}; 1 or more is expected")
    layers = Path(args.layers) if args.layers else Path(args.file).parent / "layers"
    builder = paste_layers(
        load_coco(args.file),
        layers,
        find_backgrounds(args.backgrounds),
        Path(args.out),
        args.num,
        np.random.default_rng(args.seed),
        args.allow_outside,
    )
    print(f"{args.out}: {len(builder.images)} images, {len(builder.annotations)} annotations")
