"""The flag that names a taxonomy, the same wherever annotations are read."""

import argparse


def add_taxonomy(parser: argparse.ArgumentParser) -> None:
    """``--taxonomy FILE``; see ``annotations.taxonomies.find_taxonomy`` for what stands in."""
    parser.add_argument(
        "--taxonomy",
        metavar="FILE",
        help="categories and keypoints: a .yaml, or a .py with MMPose's dataset_info (default: "
        "taxonomy.yaml of the data set, else the categories of its annotations)",
    )
