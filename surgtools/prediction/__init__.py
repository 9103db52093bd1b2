"""Finding instruments in pictures and video: ``from surgtools.prediction import Inferencer``.

The names below are loaded when they are first used, so that one part never pays for another's
packages.
"""

import importlib
from typing import Any

_HOMES = {
    "FrameResult": "results",
    "Inferencer": "inferencer",
    "Instance": "results",
    "VideoSettings": "over_time",
    "draw_instances": "drawing",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
