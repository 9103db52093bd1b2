"""``surgtools data merge``: join COCO keypoint files."""

import argparse

from surgtools.cli.output_arguments import add_place_pictures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="COCO keypoint files to join")
    parser.add_argument("--out", required=True, metavar="FILE", help="the merged file to write")
    parser.add_argument(
        "--drop-empty", action="store_true", help="leave out pictures without annotations"
    )
    add_place_pictures(parser, default="keep")


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.merge import merge_files

    summary = merge_files(args.files, args.out, args.drop_empty, args.pictures)
    print(f"{args.out}: {summary.images} images, {summary.annotations} annotations")
    for count, text in (
        (summary.same_pictures, "image entries showed a picture that was there already"),
        (summary.same_annotations, "annotations were there already and are left out"),
        (summary.dropped_images, "pictures without annotations were dropped"),
    ):
        if count:
            print(f"    {count} {text}")
    for old, new in summary.renamed.items():
        print(f"    {old} is another picture of that name, now {new}")
