"""``surgtools data cut``: layers of photographs that were taken on a plain ground."""

import argparse
from pathlib import Path

from surgtools.cli.data_arguments import add_image_folder
from surgtools.cli.output_arguments import add_out_dir, add_overwrite
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.dataset_folder import ANNOTATIONS, picture_folder

_NAMED = 5
"""So many pictures that were left out are named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Cut labelled instruments out of photographs of a plain table, drape or sheet of paper. "
        "The result has layers, as a rendered data set: `data paste` and training lay them over "
        "other backgrounds."
    )
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file of the photographs")
    add_out_dir(parser, "folder that gets images/, layers/ and the labels")
    add_overwrite(parser)
    add_image_folder(parser)
    add_taxonomy(parser)
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.coco import load_with_taxonomy
    from surgtools.annotations.cut import cut_photographs
    from surgtools.annotations.taxonomies import own_file
    from surgtools.errors import InputError
    from surgtools.own_outputs import own_outputs
    from surgtools.taxonomy.files import FILE_NAME, write_taxonomy

    if not args.overwrite:  # the labels are written last, the pictures before
        refuse_to_replace(
            args.out_dir / ANNOTATIONS,
            '"cut_from"',
            "what `data cut` wrote",
            remedy="choose another place, or give --overwrite",
        )
    content, taxonomy = load_with_taxonomy(args.file, args.taxonomy)
    root = Path(args.images) if args.images else picture_folder(args.file)
    with own_outputs(args.out_dir, args.overwrite):
        builder, left_out = cut_photographs(
            content, root, args.out_dir, args.allow_outside, taxonomy
        )
        if not builder.images:
            reason = left_out[0] if left_out else "it names no picture"
            raise InputError(
                f"{args.file}: no photograph can be cut ({reason}); give labelled photographs of "
                "instruments on a plain, evenly lit ground"
            )
        if args.taxonomy or own_file(Path(args.file)):
            write_taxonomy(taxonomy, args.out_dir / FILE_NAME)
        builder.write(args.out_dir / ANNOTATIONS)
    for line in left_out[:_NAMED]:
        print(f"left out: {line}")
    if len(left_out) > _NAMED:
        print(f"left out: {len(left_out) - _NAMED} more")
    print(f"{args.out_dir}: {len(builder.images)} layers, {len(builder.annotations)} instruments")
