"""A window is tried before it is opened, and told about in words where there is none."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction import window


@pytest.fixture
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_a_machine_without_display_is_told_so(no_display):
    with pytest.raises(
        InputError, match="--show: no window can be opened here .*DISPLAY is not se"
    ):
        window.Window()


@pytest.mark.parametrize(
    ("trial", "reason"),
    [
        ("import os; os.abort()", "the display :7 cannot be used"),
        ("raise SystemExit('not implemented')", "built without windows"),
        ("import time; time.sleep(10**6)", "does not answer within"),
        ("pass", None),
    ],
)
def test_a_trial_that_dies_is_told_in_words(trial, reason, monkeypatch):
    """OpenCV ends the process that finds its display dead: the trial, not the command."""
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(window, "_TRIAL", trial)
    monkeypatch.setattr(window, "_SECONDS", 1 if "sleep" in trial else 10**6)
    told = window.why_no_window()
    assert told is None if reason is None else reason in told


class Screen:
    """In the place of OpenCV: answers with the keys it was given."""

    WINDOW_NORMAL, WINDOW_KEEPRATIO, WND_PROP_VISIBLE = 0, 0, 4

    def __init__(self, keys, closes_after=99):
        self.keys, self.size, self.asked, self.closes_after = list(keys), None, 0, closes_after

    def namedWindow(self, title, flags): ...

    def imshow(self, title, picture): ...

    def resizeWindow(self, title, width, height):
        self.size = (width, height)

    def waitKey(self, delay):
        self.asked += 1
        return self.keys.pop(0) if self.keys else -1

    def getWindowProperty(self, title, which):
        return 1 if self.asked < self.closes_after else 0


@pytest.fixture
def opened(monkeypatch):
    def use(keys, **more):
        screen = Screen(keys, **more)
        monkeypatch.setattr(window, "why_no_window", lambda: None)
        monkeypatch.setattr(window, "cv2", screen)
        return window.Window(), screen

    return use


PICTURE = np.zeros((1600, 640, 3), np.uint8)


def test_a_picture_waits_for_a_key_and_a_frame_does_not(opened):
    shown, screen = opened([-1, -1, -1, ord("n")])
    shown.show(PICTURE, wait=True)
    assert screen.asked == 4
    shown.show(PICTURE, wait=False)
    assert screen.asked == 5
    assert screen.size == (320, 800)  # half, so that it fits the screen


@pytest.mark.parametrize("key", [ord("q"), 27, 27 | 1 << 20])
def test_q_and_escape_stop(opened, key):
    shown, _ = opened([key])
    with pytest.raises(KeyboardInterrupt):
        shown.show(PICTURE, wait=False)


def test_closing_the_window_stops(opened):
    shown, _ = opened([], closes_after=3)
    with pytest.raises(KeyboardInterrupt):
        shown.show(PICTURE, wait=True)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("xvfb-run"), reason="xvfb-run is not installed")
def test_a_real_window_opens_on_a_virtual_display():
    code = (
        "import numpy as np; from surgtools.prediction.window import Window\n"
        "w = Window(); w.show(np.zeros((90, 120, 3), np.uint8), wait=False); print('shown')"
    )
    command = ["xvfb-run", "-a", sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "shown\n"
