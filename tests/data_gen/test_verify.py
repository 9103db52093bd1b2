"""Labels against the renderer: places by rendered dots, visibility by rendered depth."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.blender
def test_dots_lie_on_their_labels_and_ray_casts_agree_with_depth():
    request = {
        "task": "verify",
        "preset": "hdri_occlusion",
        "num": 30,
        "seed": 1,
        "overrides": {"resolution": [192, 144]},
    }
    # In a process of its own: the bpy wheel can crash while an interpreter is taken down.
    run = subprocess.run(
        [sys.executable, "-m", "data_gen", json.dumps(request)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    numbers = re.search(
        r"(\d+) dots: mean ([\d.]+) px, largest ([\d.]+) px, .* on ([\d.]+)% of (\d+)", run.stdout
    )
    dots, mean, largest, agrees, compared = map(float, numbers.groups())
    assert dots >= 30 and compared >= 20
    assert mean < 0.15 and largest < 0.5
    assert agrees >= 95
