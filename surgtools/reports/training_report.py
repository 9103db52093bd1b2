"""The page of a training: curves, batches, facts, and the test results beside them."""

from dataclasses import replace
from pathlib import Path, PurePath

from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.reports.page import write_report
from surgtools.reports.provenance import Sections, run_facts
from surgtools.reports.training_batches import training_mosaic
from surgtools.reports.training_run import read_training_run
from surgtools.zoo.release import FOLDERS

METRICS = ("metrics.json", "test/metrics.json")
"""Where ``surgtools test`` may have left its numbers, relative to the work folder."""


def write_training_report(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the report page of a work folder.

    The mosaic needs the training data; when they are no longer there the page says so. Pages are
    passed on, so paths stand there as they were given if that was relative, and else without the
    folders that only one machine has.

    Args:
        out: the page; ``None`` writes ``report.html`` into the folder.

    Returns:
        Path of the page.

    Raises:
        InputError: the folder holds no training log, or the page cannot be written.
    """
    folder = Path(folder)
    out = Path(out) if out else folder / "report.html"
    run = read_training_run(folder)
    metrics = next((folder / name for name in METRICS if (folder / name).is_file()), None)
    facts = passed_on(run_facts(folder))
    mosaic = None
    if run.config:
        try:
            mosaic = training_mosaic(Config.fromfile(run.config))
        except (InputError, OSError) as error:
            reason = FOLDERS.sub("", str(error).splitlines()[-1])
            facts["training batches"] = {"not shown": reason}
    write_report(
        out,
        f"Training of {run.config.stem if run.config else folder.name}",
        metrics=read_json(metrics) if metrics else None,
        run=replace(run, folder=Path(FOLDERS.sub("", str(folder)))),
        mosaic=mosaic,
        facts=facts,
    )
    return out


def passed_on(facts: Sections) -> Sections:
    """Facts of a checkpoint with file names in the place of absolute paths.

    Labels keep the folders of their dataset: all are called ``coco_keypoints.json``.
    """
    return {
        section: {name: _short(name, value) for name, value in rows.items()}
        for section, rows in facts.items()
    }


def _short(name: str, value: str) -> str:
    if name == "ann_file" and PurePath(value).is_absolute():
        return "/".join(PurePath(value).parts[1:][-3:])
    return FOLDERS.sub("", value) if name in ("path", "command", "config") else value
