"""Pictures, video and ONNX are tried, not only imported."""

import sys
from types import SimpleNamespace

import pytest

from surgtools.doctor import media
from surgtools.doctor.finding import Fault


def test_this_environment_passes():
    assert [check.run().ok for check in media.CHECKS] == [True, True, True]


def test_too_new_opencv_is_a_fault(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(__version__="4.13.0"))
    with pytest.raises(Fault, match="below 4.13"):
        media.opencv()


def test_video_library_without_h264_is_found(monkeypatch):
    av = pytest.importorskip("av")
    opened = av.open

    class WithoutH264:
        def __init__(self, container):
            self.container = container

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.container.close()

        def add_stream(self, codec, rate):
            raise ValueError(f"unknown codec {codec}")

    monkeypatch.setattr(av, "open", lambda *a, **k: WithoutH264(opened(*a, **k)))
    finding = next(c for c in media.CHECKS if c.name == "video").run()
    assert finding.found == "ValueError: unknown codec libx264"
    assert finding.mend.endswith("--force-reinstall av")
