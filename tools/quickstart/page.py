"""The summary page: what was rendered, learnt and found, with links to all of it."""

import platform
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from surgtools import __version__
from surgtools.files import read_json, write_whole
from tools.cores import available_cores

NUM_SHOWN = 12
PICTURES = (".jpg", ".png")

GALLERIES = {
    "predicted/samples": "Samples, with what the shipped models find",
    "predicted/sample_clip": "A sample clip, with what the shipped fast models find",
    "predicted/yours_shipped": "Yours, with what the shipped models find",
    "labels": "Rendered, with their labels",
    "predicted/rendered": "Rendered and unseen, with what the trained models find",
    "predicted/video": "A clip, with what the trained models find",
    "predicted/yours": "Yours, with what the models just trained find",
    "predicted/adapted": "With what the adapted models find",
}
"""Folder to what its pictures and videos show."""

LINKS = {
    "metrics/report.html": "report of the scores",
    "metrics/metrics.json": "scores as JSON",
    "data": "rendered data set",
    "video": "rendered video with its labels",
    "detector": "detector: checkpoints and logs",
    "pose": "pose model: checkpoints and logs",
    "adapted/report.html": "report of the adaptation",
    "predicted": "predictions and drawings",
    "logs": "what the commands printed",
}
"""What lies in the folder, and what it is."""


def write_page(out: Path, seconds: dict[str, float], going_on: bool = False) -> Path:
    """Write ``out/index.html``, which links into ``out`` only, so that the folder can be moved.

    Args:
        out: the quickstart's folder.
        seconds: title of each step to its duration.
        going_on: whether there is more to come.

    Returns:
        Path of the page.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        version=__version__,
        machine=f"{available_cores()} cores, {platform.machine()}",
        seconds=seconds,
        scores=read_scores(out / "metrics/metrics.json"),
        going_on=going_on,
        galleries=[
            (title, gallery(out, name), find_videos(out, name))
            for name, title in GALLERIES.items()
        ],
        links={name: text for name, text in LINKS.items() if (out / name).exists()},
    )
    page = out / "index.html"
    with write_whole(page) as part:
        part.write_text(text, encoding="utf-8")
    return page


def gallery(out: Path, folder: str) -> list[str]:
    """Up to ``NUM_SHOWN`` pictures spread over a folder, as paths relative to ``out``."""
    found = sorted(p for p in (out / folder).rglob("*") if p.suffix.lower() in PICTURES)
    count = min(NUM_SHOWN, len(found))
    shown = [found[number * len(found) // count] for number in range(count)]
    return [p.relative_to(out).as_posix() for p in shown]


def find_videos(out: Path, folder: str) -> list[str]:
    """The videos of a folder, as paths relative to ``out``."""
    return sorted(p.relative_to(out).as_posix() for p in (out / folder).rglob("*.mp4"))


def read_scores(metrics: Path) -> dict[str, str]:
    """Name to value of the summary of ``surgtools test``; empty when it was not run."""
    if not metrics.is_file():
        return {}
    summary = read_json(metrics)["summary"]
    return {
        name.replace("_", " "): "not defined" if value is None else f"{value:.3f}"
        for name, value in summary.items()
    }
