"""``surgtools data convert``: annotations between COCO and other tools."""

import argparse
from pathlib import Path

from surgtools.cli.output_arguments import add_overwrite, add_place_pictures
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.ranges import real
from surgtools.cli.taxonomy_argument import add_taxonomy

READABLE = ("coco", "yolo", "cvat-images", "cvat-video", "label-studio", "predictions")
WRITABLE = ("coco", "yolo", "cvat-images", "cvat-video", "label-studio", "coco-results")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Convert a file or a data set folder. What the target cannot carry is listed. "
        "`predictions` is predictions.json of `surgtools predict`, so that predictions can be "
        "corrected in a labelling tool and come back."
    )
    parser.add_argument(
        "source", metavar="IN", help="what to convert: a file, a folder, or a .zip of either"
    )
    parser.add_argument("target", metavar="OUT", help="file or folder to write")
    parser.add_argument(
        "--from", dest="source_format", required=True, choices=READABLE, help="format of IN"
    )
    parser.add_argument(
        "--to", dest="target_format", required=True, choices=WRITABLE, help="format of OUT"
    )
    parser.add_argument(
        "--images", metavar="DIR", help="folder of the pictures, where the source does not say"
    )
    add_place_pictures(parser)
    add_overwrite(parser)
    parser.add_argument(
        "--url-prefix",
        default="/data/local-files/?d=",
        metavar="TEXT",
        help="begin of the addresses under which Label Studio finds the pictures",
    )
    parser.add_argument(
        "--bbox-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=0.0,
        help="leave out predicted instruments with a lower box score",
    )
    parser.add_argument(
        "--kpt-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=0.0,
        help="call predicted keypoints with a lower score not labelled",
    )
    add_taxonomy(parser)
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.convert import Options, convert, taxonomy_for
    from surgtools.own_outputs import own_outputs

    options = Options(
        pictures=args.pictures,
        images=Path(args.images) if args.images else None,
        url_prefix=args.url_prefix,
        bbox_thr=args.bbox_thr,
        kpt_thr=args.kpt_thr,
        allow_outside=args.allow_outside,
        taxonomy=taxonomy_for(args.source, args.source_format, args.taxonomy),
    )
    target = Path(args.target)
    is_folder = target.is_dir() or target.suffix not in (".json", ".xml")
    with own_outputs(target, args.overwrite, record=is_folder):
        done = convert(args.source, target, args.source_format, args.target_format, options)
    for part, images in done.images.items():
        print(f"{args.target}: {part}: {images} images, {done.annotations[part]} annotations")
    if done.losses:
        print("not carried over, or made up:")
        for line in done.losses:
            print(f"    {line}")
    else:
        print("everything was carried over")
