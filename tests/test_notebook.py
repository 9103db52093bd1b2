"""The notebook is what its source says, and runs from the first cell to the last."""

import re
from pathlib import Path

import pytest

from surgtools.files import read_json

DOCS = Path(__file__).resolve().parents[1] / "docs"


def cells_of_source() -> list[tuple[str, str]]:
    """Kind and text of the cells of the percent format, which jupytext writes and reads."""
    text = (DOCS / "demo.py").read_text().partition("# ---\n\n")[2]
    cells = []
    for kind, body in re.findall(r"^# %%( \[markdown\])?\n(.*?)(?=^# %%|\Z)", text, re.M | re.S):
        body = body.strip()
        cells.append(
            ("markdown", re.sub(r"^# ?", "", body, flags=re.M)) if kind else ("code", body)
        )
    return cells


def test_the_notebook_is_written_from_its_source():
    cells = read_json(DOCS / "demo.ipynb")["cells"]
    told = [(cell["cell_type"], "".join(cell["source"]).strip()) for cell in cells]
    assert told == cells_of_source(), "run `jupytext --to ipynb docs/demo.py`"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))  # also where it is not installed
    notebook = nbformat.read(DOCS / "demo.ipynb", as_version=4)
    nbclient.NotebookClient(
        notebook, startup_timeout=600, resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = [data for cell in notebook.cells for data in cell.get("outputs", [])]
    kinds = {kind for data in shown for kind in data.get("data", {})}
    printed = "".join(data.get("text", "") for data in shown)
    assert "image/jpeg" in kinds and "video" in str(kinds | {str(shown)})
    assert re.search(r"left_tip +[\d.]+ +[\d.]+   score", printed)
    assert (tmp_path / "found/predictions.json").is_file()
