"""A few scripted videos, drawn by the benchmark."""

from pathlib import Path

import numpy as np
import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def scripted():
    """The benchmark as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_FOLDER))
        import scripted_gestures

    return scripted_gestures


@pytest.fixture(scope="session")
def clips(scripted, tmp_path_factory):
    """Folder with predictions.json of four videos and labels.csv; only to be read."""
    folder = tmp_path_factory.mktemp("clips")
    scripted.write_videos(folder, 4, np.random.default_rng(0))
    return folder
