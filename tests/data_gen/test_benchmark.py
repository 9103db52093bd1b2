"""The benchmark's figures, by hand-computed numbers."""

import os
import subprocess
import sys

import numpy as np
import pytest

from data_gen.benchmark import largest_child, report_lines, slowdown


def test_speeds_are_compared_with_the_plain_loop_and_with_one_worker():
    row = {"frames": 16, "memory_mb": 600.0}
    report = {
        "preset": "tabletop",
        "resolution": [960, 544],
        "cores": 4,
        "plain": {"samples": 96, "seconds_per_image": 18.0},
        "ours": [
            {"workers": 1, "seconds_per_image": 6.0, **row},
            {"workers": 4, "seconds_per_image": 1.8, **row},
        ],
        "growth": [],
    }
    lines = report_lines(report)
    assert lines[0] == "tabletop at 960x544, 4 cores"
    assert lines[1] == "plain loop, 96 samples: 18.00 s/image"
    # 18 / 6 = 3; one worker is the yardstick
    assert "6.00 s/image, 3.0x plain, 1.00 n" in lines[2]
    # 18 / 1.8 = 10; 6 / 1.8 / 4 = 0.83; 1.8 s * 10,000 / 3600 = 5 h on 4 cores
    assert "1.80 s/image, 10.0x plain, 0.83 n, 600 MB a worker" in lines[3]
    assert lines[3].endswith("10,000 images in 5.0 h (20.0 core hours)")
    assert len(lines) == 4


def test_growth_is_a_line_through_the_measured_sizes():
    row = {"workers": 4, "slowdown": 1.04, "memory_mb": 700.0}
    report = {
        "preset": "tabletop",
        "resolution": [960, 544],
        "growth_resolution": [240, 136],
        "cores": 4,
        "plain": {"seconds_per_image": 18.0},
        "ours": [{"workers": 4, "frames": 8, "seconds_per_image": 1.8, "memory_mb": 600.0}],
        "growth": [
            {"frames": 50, "seconds": 15.0, "seconds_per_image": 0.3, **row},
            {"frames": 400, "seconds": 85.0, "seconds_per_image": 0.2125, **row},
        ],
    }
    lines = report_lines(report)
    assert lines[3] == "growth at 240x136, 4 workers:"
    assert "400 frames: 85.0 s, 0.212 s/image, last quarter 1.04x the second" in lines[5]
    # 70 s for 350 more images: 0.2 s each, 5 s to start
    assert lines[6] == "seconds of n images: 5.0 + 0.200 n"


def test_a_run_that_slows_down_shows_it():
    steady = np.arange(40) * 0.5
    assert slowdown(steady) == pytest.approx(1.0)
    slowing = np.concatenate([steady[:30], steady[29] + 2.0 * np.arange(1, 11)])
    assert slowdown(slowing) == pytest.approx(2.0 / 0.5)


def test_memory_is_that_of_the_largest_child():
    """A child that holds 60 MB and waits for its own input to end."""
    script = "import sys; held = bytearray(60_000_000); print(1, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as child:
        child.stdout.readline()
        assert largest_child(os.getpid()) > 60
        child.stdin.close()
    assert largest_child(child.pid) == 0.0
