"""Scripts that need Blender run in a process of their own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = """
import os, numpy as np
from data_gen import blender, blender_contents as contents
blender.start_blender(threads=1)
"""
STOP = "\nprint('passed', flush=True)\nos._exit(0)\n"


@pytest.fixture
def run_in_blender() -> Callable[[str], None]:
    """Runs a script that asserts; the bpy wheel can crash when an interpreter ends."""

    def run(script: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", START + script + STOP],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.stdout.endswith("passed\n"), done.stdout + done.stderr

    return run
