"""``surgtools data taxonomy``: what a dataset's categories and keypoints are, as a file."""

import argparse

from surgtools.cli.output_arguments import add_overwrite

FORMATS = ("coco", "cvat-images", "cvat-video", "yolo", "label-studio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data",
        metavar="DATA",
        help="annotation file or dataset folder: COCO, CVAT, YOLO (data.yaml) or Label Studio",
    )
    parser.add_argument(
        "--from",
        dest="source_format",
        choices=FORMATS,
        help="format of DATA; without it, the format is taken from the name and the content",
    )
    parser.add_argument(
        "--out", metavar="FILE.yaml", help="write the taxonomy as a commented file"
    )
    add_overwrite(parser)


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.foreign_taxonomy import read_foreign_taxonomy
    from surgtools.own_outputs import own_outputs
    from surgtools.taxonomy.files import write_taxonomy

    taxonomy, guesses = read_foreign_taxonomy(args.data, args.source_format)
    for category in taxonomy.categories:
        swaps, bones = len(category.swaps), len(category.skeleton)
        axis = "with an axis" if category.has_axis else "no axis"
        print(
            f"{category.id} {category.name}: {category.num_keypoints} keypoints, {swaps} "
            f"left/right pairs, {bones} lines, {axis}"
        )
    print(f"{len(taxonomy.categories)} categories, {taxonomy.num_slots} keypoint slots in memory")
    for guess in guesses:
        print(f"guessed, please check: {guess.category}: {guess.part}: {guess.value}")
    if args.out:
        with own_outputs(args.out, args.overwrite, record=False):
            write_taxonomy(taxonomy, args.out, guesses)
        print(f"taxonomy: {args.out}")
