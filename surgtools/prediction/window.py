"""Show pictures and video on the screen as they are done, for ``predict --show``.

A window can only be tried: OpenCV ends the whole process where it finds no display, so that the
first one is opened in a process of its own.
"""

import os
import subprocess
import sys

import cv2
import numpy as np

from surgtools.errors import InputError

LARGEST = (1280, 800)
"""Width and height of the window at most, in pixels of the screen."""

_TRIAL = "import cv2; cv2.namedWindow('trial'); cv2.waitKey(1); cv2.destroyAllWindows()"
_SECONDS = 30
_STOP = (ord("q"), 27)  # 27 is Escape


class Window:
    """One window, which must be used by the thread that opened it.

    A picture stays until a key is pressed, a video runs on. ``q``, Escape and closing the window
    stop the whole command, as Ctrl-C does.

    Raises:
        InputError: no window can be opened here.
    """

    def __init__(self, title: str = "surgtools") -> None:
        reason = why_no_window()
        if reason:
            raise InputError(
                f"--show: no window can be opened here ({reason}); leave --show out and look at "
                "the drawings in the output folder"
            )
        self._title = title
        self._sized = False
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)

    def show(self, picture: np.ndarray, wait: bool) -> None:
        """Show one picture.

        Args:
            picture: (H, W, 3) BGR uint8.
            wait: until a key is pressed.

        Raises:
            KeyboardInterrupt: the user wants to stop.
        """
        if not self._sized:
            height, width = picture.shape[:2]
            scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
            cv2.resizeWindow(
                self._title, max(1, round(width * scale)), max(1, round(height * scale))
            )
            self._sized = True
        cv2.imshow(self._title, picture)
        key = cv2.waitKey(1)
        while wait and key < 0 and self._is_open():
            key = cv2.waitKey(50)
        if (key >= 0 and key & 0xFF in _STOP) or not self._is_open():
            raise KeyboardInterrupt

    def _is_open(self) -> bool:
        return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1


def why_no_window() -> str | None:
    """What stands against opening a window, in words; None when one can be opened."""
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & {
        name for name, value in os.environ.items() if value
    }:
        return "this machine has no display: DISPLAY is not set"
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRIAL], capture_output=True, timeout=_SECONDS, text=True
        )
    except subprocess.TimeoutExpired:
        return f"the display does not answer within {_SECONDS} s"
    if done.returncode == 0:
        return None
    if "not implemented" in done.stderr:
        return "this OpenCV was built without windows: opencv-python-headless"
    return f"the display {os.environ.get('DISPLAY', '')} cannot be used".replace("  ", " ")
