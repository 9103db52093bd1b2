"""A few scripted videos, drawn by the benchmark."""

from pathlib import Path

import numpy as np
import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def scripted(monkeypatch):
    """The benchmark as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import scripted_gestures

    return scripted_gestures


@pytest.fixture
def clips(scripted, tmp_path):
    """Folder with predictions.json of four videos and labels.csv."""
    scripted.write_videos(tmp_path, 4, np.random.default_rng(0))
    return tmp_path
