"""``surgtools data sigmas``: OKS constants from pictures that were annotated twice."""

import argparse
import json

from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.taxonomy_argument import add_taxonomy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A.json", help="COCO keypoint file")
    parser.add_argument(
        "second", metavar="B.json", help="COCO keypoint file of the same pictures, annotated again"
    )
    add_taxonomy(parser)
    parser.add_argument(
        "--json", metavar="FILE", help="write the sigmas as JSON, without those that are 0"
    )


def run(args: argparse.Namespace) -> None:
    from surgtools.annotations.coco import load_coco, load_with_taxonomy
    from surgtools.evaluation.sigmas import estimate_sigmas
    from surgtools.files import write_json

    first, taxonomy = load_with_taxonomy(args.first, args.taxonomy)
    if args.json:
        mark = json.dumps({taxonomy.categories[0].name: {}}, indent=1)[:-3]
        refuse_to_replace(args.json, mark, "a file of sigmas", [args.first, args.second])
    estimates = estimate_sigmas(first, load_coco(args.second, taxonomy), taxonomy)
    zeros = []
    for category, row in estimates.items():
        for keypoint, estimate in row.items():
            sigma = estimate.sigma
            shown = "not labelled twice" if sigma is None else f"{sigma:.4f}"
            print(f"{category}.{keypoint}: {shown} (n = {estimate.num_pairs})")
            if estimate.is_zero:
                zeros.append(f"{category}.{keypoint}")
    if zeros:
        print(
            f"warning: 0 is no OKS constant: {', '.join(zeros)}; the two files agree to the pixel "
            "there, as copies do; have the pictures annotated again without the first answer"
        )
    if args.json:
        sigmas = {
            category: {name: e.sigma for name, e in row.items() if not e.is_zero}
            for category, row in estimates.items()
        }
        write_json(args.json, sigmas, indent=1)
        left_out = f" (without the {len(zeros)} that are 0)" if zeros else ""
        print(f"sigmas: {args.json}{left_out}")
