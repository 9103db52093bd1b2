"""``surgtools data sigmas``: OKS constants from pictures that were annotated twice."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A.json", help="COCO keypoint file")
    parser.add_argument("second", metavar="B.json", help="the same pictures, annotated again")
    parser.add_argument("--json", metavar="FILE", help="write the sigmas as JSON")


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.coco import load_coco
    from surgtools.evaluation.sigmas import estimate_sigmas
    from surgtools.files import write_json

    sigmas = estimate_sigmas(load_coco(args.first), load_coco(args.second))
    for category, values in sigmas.items():
        for keypoint, sigma in values.items():
            shown = "not labelled twice" if sigma is None else f"{sigma:.4f}"
            print(f"{category}.{keypoint}: {shown}")
    if args.json:
        write_json(args.json, sigmas, indent=1)
        print(f"sigmas: {args.json}")
