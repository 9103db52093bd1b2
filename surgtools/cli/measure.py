"""``surgtools measure``: from tracks to path length, speed, smoothness and openings."""

import argparse
from pathlib import Path

from surgtools.cli.output_arguments import add_out_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and where to write."""
    parser.epilog = (
        "Lengths are millimeters where the file has them: where predict had --camera and "
        "--model-3d, or of space.json. Otherwise they are pixels, and the table says so."
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="predictions.json of a video, or space.json"
    )
    add_out_dir(parser, "folder for tracks.csv, over_time.csv and measures.html")


def run(args: argparse.Namespace) -> int:
    """Read, measure, write; print one line."""
    from surgtools.spatial.measured_tracks import read_tracks
    from surgtools.spatial.measures_page import (
        title_of,
        write_measures_page,
        write_measures_table,
        write_over_time_table,
    )

    tracks = read_tracks(args.file)
    page = args.out_dir / "measures.html"
    write_measures_table(args.out_dir / "tracks.csv", tracks)
    write_over_time_table(args.out_dir / "over_time.csv", tracks)
    write_measures_page(page, tracks, title_of(args.file))
    print(f"{len(tracks)} tracks, lengths in {tracks[0].unit} -> {page}")
    return 0
