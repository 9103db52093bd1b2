"""``surgtools data merge``: join COCO keypoint files."""

import argparse
from itertools import islice

from surgtools.cli.output_arguments import add_place_pictures
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.replaced_files import refuse_to_replace

_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="COCO keypoint files to join")
    parser.add_argument("--out", required=True, metavar="FILE", help="the merged file to write")
    parser.add_argument(
        "--drop-empty", action="store_true", help="leave out pictures without annotations"
    )
    add_place_pictures(parser, default="keep")
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.merge import merge_files
    from surgtools.annotations.taxonomies import carry_taxonomy, read_own_files

    refuse_to_replace(args.out, "merged_from", "a merged file", args.files)
    read_own_files(args.files)  # before anything is written
    summary = merge_files(args.files, args.out, args.drop_empty, args.pictures, args.allow_outside)
    print(f"{args.out}: {summary.images} images, {summary.annotations} annotations")
    if note := carry_taxonomy(args.files, args.out):
        print(f"    {note}")
    seen = summary.same_pictures - summary.unseen_pictures
    for count, text in (
        (seen, "image entries showed a picture that was there already"),
        (
            summary.unseen_pictures,
            "image entries joined another of their name and size, and no picture was there to "
            "compare; if they differ, put the pictures into images/ beside each file",
        ),
        (summary.same_annotations, "annotations were there already and are left out"),
        (summary.dropped_images, "pictures without annotations were dropped"),
        (summary.missing, "pictures were not found; put them into images/ beside each file"),
    ):
        if count:
            print(f"    {count} {text}")
    for old, new in islice(summary.renamed.items(), _SHOWN):
        print(f"    {old} is another picture of that name, now {new}")
    if len(summary.renamed) > _SHOWN:
        print(f"    ... and {len(summary.renamed) - _SHOWN} more such names")
