"""Workers import the work of these tests by name, from a file that is no test."""

import os
import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)

sys.path.append(HERE)


@pytest.fixture(autouse=True)
def workers_find_the_work(monkeypatch):
    path = os.pathsep.join(filter(None, [HERE, os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
