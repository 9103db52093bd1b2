"""``surgtools data split``: split a COCO keypoint file by group."""

import argparse

from surgtools.cli.data_arguments import SPLITS
from surgtools.cli.output_arguments import add_out_dir, add_overwrite, add_place_pictures
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.ranges import real
from surgtools.cli.running_arguments import add_seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Split by group, so that frames of one video never land in two parts; balanced by images, "
        "categories and visibility. OUT_DIR/split.json keeps the assignment: run again after "
        "pictures were added, and every known group stays where it is."
    )
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file")
    add_out_dir(parser, "folder that gets one folder for each part")
    parser.add_argument(
        "--ratios",
        nargs="+",
        type=real("[0, 1]"),
        metavar="SHARE",
        default=(0.7, 0.15, 0.15),
        help="share of each part, with sum 1",
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        metavar="NAME",
        default=SPLITS,
        help="names of the parts, one for each share",
    )
    add_seed(parser, default=42)
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--group-pattern",
        metavar="REGEX",
        help="the group is what the first parenthesis matches in the file name",
    )
    group.add_argument("--group-field", metavar="NAME", help="the group is this image field")
    group.add_argument(
        "--group-folder", action="store_true", help="the group is the folder of the file name"
    )
    add_place_pictures(parser)
    add_overwrite(parser)
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from surgtools.annotations.grouping import GroupBy
    from surgtools.annotations.split import split_file
    from surgtools.annotations.taxonomies import carry_taxonomy, read_own_files
    from surgtools.own_outputs import own_outputs

    parts = args.parts[: len(args.ratios)] if len(args.ratios) == 2 else args.parts
    by = GroupBy(args.group_pattern, args.group_field, args.group_folder)
    read_own_files([args.file])  # before anything is written
    with own_outputs(args.out_dir, args.overwrite):
        summary = split_file(
            args.file,
            args.out_dir,
            args.ratios,
            args.seed,
            by,
            tuple(parts),
            args.pictures,
            args.allow_outside,
        )
    whole = summary.totals.sum(axis=0)
    table = Table(title="What went where", title_justify="left")
    table.add_column("")
    for part, ratio in zip(summary.parts, summary.ratios, strict=True):
        table.add_column(f"{part} ({ratio:.0%})", justify="right")
    placed = list(summary.groups.values())
    table.add_row("groups", *(str(placed.count(part)) for part in summary.parts))
    for feature, counts, total in zip(summary.features, summary.totals.T, whole, strict=True):
        cells = (f"{int(count)} ({count / total:.1%})" if total else "0" for count in counts)
        table.add_row(feature, *cells)
    Console().print(table)
    if summary.kept:
        print(f"{summary.kept} groups stayed where an earlier split had put them")
    if summary.missing:
        print(
            f"{summary.missing} of {int(whole[0])} pictures were not found; put them into images/ "
            "beside the file and split again, or give --pictures keep"
        )
    print(f"{args.out_dir}/split.json names the part of each group")
    if note := carry_taxonomy([args.file], args.out_dir):
        print(note)
