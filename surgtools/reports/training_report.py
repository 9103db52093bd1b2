"""The page of a training: curves, batches, facts, and the test results beside them."""

from pathlib import Path

from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.reports.page import write_report
from surgtools.reports.provenance import run_facts
from surgtools.reports.training_batches import training_mosaic
from surgtools.reports.training_run import read_training_run

METRICS = ("metrics.json", "test/metrics.json")
"""Where ``surgtools test`` may have left its numbers, relative to the work folder."""


def write_training_report(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the report page of a work folder.

    The mosaic needs the training data; when they are no longer there the page says so.

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
    facts = run_facts(folder)
    mosaic = None
    if run.config:
        try:
            mosaic = training_mosaic(Config.fromfile(run.config))
        except (InputError, OSError) as error:
            facts["training batches"] = {"not shown": str(error).splitlines()[-1]}
    write_report(
        out,
        f"Training of {run.config.stem if run.config else folder.name}",
        metrics=read_json(metrics) if metrics else None,
        run=run,
        mosaic=mosaic,
        facts=facts,
    )
    return out
