"""``surgtools measure``: from tracks to path length, speed, smoothness and openings."""

import argparse
import sys
from pathlib import Path

from surgtools.cli.output_arguments import add_out_dir

SHOWN = 5
"""Names of tracks in one line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and where to write."""
    parser.epilog = (
        "Lengths are millimeters where the file has them: where predict had --camera and "
        "--model-3d, or of space.json. Tracks without them are in pixels, and their gaps in "
        "lengths of the instrument; the tables say so."
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="predictions.json of a video, or space.json"
    )
    add_out_dir(parser, "folder for tracks.csv, over_time.csv and measures.html")


def run(args: argparse.Namespace) -> int:
    """Read, measure, write; print one line."""
    from surgtools.spatial.measured_tracks import MILLIMETERS, PIXELS, read_tracks
    from surgtools.spatial.measures_page import (
        title_of,
        write_measures_page,
        write_measures_table,
        write_over_time_table,
    )

    def tell(line: str) -> None:
        print(f"surgtools measure: warning: {line}", file=sys.stderr)

    tracks = read_tracks(args.file, tell)
    page = args.out_dir / "measures.html"
    write_measures_table(args.out_dir / "tracks.csv", tracks)
    write_over_time_table(args.out_dir / "over_time.csv", tracks)
    write_measures_page(page, tracks, title_of(args.file))
    flat = [track for track in tracks if track.unit == PIXELS]
    if 0 < len(flat) < len(tracks):
        names = ", ".join(track.name for track in flat[:SHOWN]) + ", ..." * (len(flat) > SHOWN)
        units = f"lengths in {MILLIMETERS}; {len(flat)} have none and are in {PIXELS}: {names}"
    else:
        units = f"lengths in {tracks[0].unit}"
    print(f"{len(tracks)} tracks, {units} -> {page}")
    return 0
