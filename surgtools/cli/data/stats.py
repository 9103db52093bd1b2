"""``surgtools data stats``: what a data set holds, as a table and as a page."""

import argparse
from pathlib import Path

from surgtools.cli.data_arguments import add_image_folder, add_num
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.running_arguments import add_seed
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.dataset_folder import picture_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file")
    parser.add_argument(
        "--html", metavar="FILE", help="write a page with histograms and a contact sheet"
    )
    add_image_folder(parser)
    add_taxonomy(parser)
    add_num(parser, "pictures on the contact sheet", 24)
    add_seed(parser)
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from surgtools.annotations.coco import load_with_taxonomy
    from surgtools.annotations.stats import dataset_stats

    if args.html:
        refuse_to_replace(args.html, "<footer>surgtools", "a page", [args.file])
    content, taxonomy = load_with_taxonomy(args.file, args.taxonomy)
    stats = dataset_stats(content, taxonomy)
    crowds = f"{stats.crowds} crowd regions, " if stats.crowds else ""
    print(
        f"{args.file}: {stats.images} images ({stats.empty_images} without instruments), "
        f"{stats.annotations} instruments, {crowds}{stats.videos} videos"
    )
    table = Table(title="Keypoints", title_justify="left")
    for heading in ("category", "keypoint", "visible", "hidden", "not labelled"):
        table.add_column(
            heading, justify="left" if heading in ("category", "keypoint") else "right"
        )
    for category in stats.categories:
        if not category.keypoints:
            table.add_row(f"{category.name} ({category.count})", "none")
        for name, counts in zip(category.keypoints, category.visibility.tolist(), strict=True):
            shown = f"{category.name} ({category.count})" if name == category.keypoints[0] else ""
            table.add_row(shown, name, *(str(counts[v]) for v in (2, 1, 0)))
        table.add_section()
    Console().print(table)
    if args.html:
        _write_page(args, content, stats, taxonomy)
        print(f"page: {args.html}")


def _write_page(args: argparse.Namespace, content: dict, stats, taxonomy) -> None:
    import numpy as np

    from surgtools import __version__
    from surgtools.annotations.pages import to_bars, write_page

    most = max(int(stats.per_image.max(initial=0)), 1)
    rng = np.random.default_rng(args.seed)
    categories = []
    for category in stats.categories:
        widest = float(np.ceil(category.openings.max(initial=0.1) * 10) / 10)
        shown = rng.permutation(len(category.centers))[:1000]
        totals = np.maximum(category.visibility.sum(axis=1, keepdims=True), 1)
        shares = 100 * category.visibility / totals
        categories.append(
            {
                "name": category.name,
                "count": category.count,
                "scales": to_bars(category.scales, 0, 1),
                "angles": to_bars(category.angles, 0, 360),
                "openings": to_bars(category.openings, 0, widest),
                "widest": widest,
                "centers": np.round(100 * category.centers[shown], 2).tolist(),
                "visibility": [
                    {"name": name, "counts": counts, "share": share}
                    for name, counts, share in zip(
                        category.keypoints,
                        category.visibility.tolist(),
                        np.round(shares, 2).tolist(),
                        strict=True,
                    )
                ],
            }
        )
    write_page(
        args.html,
        "stats.html",
        title=f"Statistics of {Path(args.file).name}",
        version=__version__,
        file=args.file,
        stats=stats,
        per_image={"bars": to_bars(stats.per_image, -0.5, most + 0.5, most + 1), "high": most},
        sizes=list(stats.sizes.items())[:8],
        more_sizes=max(len(stats.sizes) - 8, 0),
        categories=categories,
        figures=_contact_sheet(args, content, rng, taxonomy),
    )


def _contact_sheet(args: argparse.Namespace, content: dict, rng, taxonomy) -> list[dict]:
    """Pictures drawn at random; those that are not there are left out."""
    from surgtools.annotations.pages import to_data_uri
    from surgtools.annotations.pictures import read_picture
    from surgtools.cli.data.drawing import draw_small
    from surgtools.errors import InputError
    from surgtools.safe_names import path_to_read

    root = Path(args.images) if args.images else picture_folder(args.file)
    figures = []
    for n in rng.permutation(len(content["images"])).tolist():
        if len(figures) == args.num:
            break
        image = content["images"][n]
        try:
            where = f"{args.file}: image {image['id']}"
            path = path_to_read(root, image["file_name"], where, args.allow_outside)
            picture = read_picture(path)
        except InputError:
            continue
        own = [a for a in content["annotations"] if a["image_id"] == image["id"]]
        drawn = draw_small(picture, own, taxonomy=taxonomy)
        figures.append({"src": to_data_uri(drawn), "caption": image["file_name"]})
    return figures
