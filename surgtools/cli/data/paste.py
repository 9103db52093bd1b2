"""``surgtools data paste``: lay instruments with alpha over other backgrounds."""

import argparse
from pathlib import Path

from surgtools.cli.data_arguments import add_num
from surgtools.cli.output_arguments import add_out_dir, add_overwrite
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.passed_over import tell_passed_over
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.running_arguments import add_seed
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.dataset_folder import ANNOTATIONS, layer_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make new pictures from the layers of a rendered data set (`surgtools generate ... "
        "--layers`): any background, mirrored and turned; the labels are carried along."
    )
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file whose images have layers")
    parser.add_argument(
        "--backgrounds",
        nargs="+",
        required=True,
        metavar="DIR",
        help="folders of pictures to lay them on",
    )
    add_out_dir(parser, "folder that gets images/ and the labels")
    add_overwrite(parser)
    add_num(parser, "pictures to make", 100)
    add_seed(parser)
    add_taxonomy(parser)
    parser.add_argument(
        "--layers", metavar="DIR", help="folder of the layers (default: layers/ beside FILE)"
    )
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    import numpy as np

    from surgtools.annotations.coco import load_with_taxonomy
    from surgtools.annotations.paste import find_backgrounds, paste_layers
    from surgtools.annotations.taxonomies import own_file
    from surgtools.own_outputs import own_outputs
    from surgtools.taxonomy.files import FILE_NAME, write_taxonomy

    if not args.overwrite:  # the labels are written last, the pictures before
        refuse_to_replace(
            args.out_dir / ANNOTATIONS,
            '"pasted_from"',
            "what `data paste` wrote",
            remedy="choose another place, or give --overwrite",
        )
    tell_passed_over(args.backgrounds, "data")
    content, taxonomy = load_with_taxonomy(args.file, args.taxonomy)
    layers = Path(args.layers) if args.layers else layer_folder(args.file)
    with own_outputs(args.out_dir, args.overwrite):
        if args.taxonomy or own_file(Path(args.file)):
            write_taxonomy(taxonomy, args.out_dir / FILE_NAME)
        builder = paste_layers(
            content,
            layers,
            find_backgrounds(args.backgrounds),
            args.out_dir,
            args.num,
            np.random.default_rng(args.seed),
            args.allow_outside,
            taxonomy,
        )
    print(f"{args.out_dir}: {len(builder.images)} images, {len(builder.annotations)} annotations")
