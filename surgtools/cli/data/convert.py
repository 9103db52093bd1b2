"""``surgtools data convert``: annotations between COCO and other tools."""

import argparse
from pathlib import Path

from surgtools.cli.outside_names import add_allow_outside

READABLE = ("coco", "yolo", "cvat-images", "cvat-video", "label-studio", "predictions")
WRITABLE = ("coco", "yolo", "cvat-images", "cvat-video", "label-studio", "coco-results")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Convert a file or a data set folder. What the target cannot carry is listed. "
        "`predictions` is predictions.json of `surgtools predict`, so that predictions can be "
        "corrected in a labelling tool and come back."
    )
    add_allow_outside(parser)
    parser.add_argument("source", metavar="IN", help="file, folder, or a .zip of either")
    parser.add_argument("target", metavar="OUT", help="file or folder")
    parser.add_argument("--from", dest="source_format", required=True, choices=READABLE)
    parser.add_argument("--to", dest="target_format", required=True, choices=WRITABLE)
    parser.add_argument(
        "--images", metavar="DIR", help="folder of the pictures, where the source does not say"
    )
    parser.add_argument(
        "--pictures",
        choices=("link", "copy", "keep"),
        default="link",
        help="put pictures into a target folder as hard links (default) or copies, or keep them",
    )
    parser.add_argument(
        "--url-prefix",
        default="/data/local-files/?d=",
        help="what Label Studio finds pictures under (default: %(default)s)",
    )
    parser.add_argument(
        "--bbox-thr", type=float, default=0.0, help="leave out predictions with a lower box score"
    )
    parser.add_argument(
        "--kpt-thr", type=float, default=0.0, help="predicted keypoints with a lower score get v=0"
    )


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.convert import Options, convert

    options = Options(
        pictures=args.pictures,
        images=Path(args.images) if args.images else None,
        url_prefix=args.url_prefix,
        bbox_thr=args.bbox_thr,
        kpt_thr=args.kpt_thr,
        allow_outside=args.allow_outside,
    )
    done = convert(args.source, args.target, args.source_format, args.target_format, options)
    for part, images in done.images.items():
        print(f"{args.target}: {part}: {images} images, {done.annotations[part]} annotations")
    if done.losses:
        print("not carried over, or made up:")
        for line in done.losses:
            print(f"    {line}")
    else:
        print("everything was carried over")
