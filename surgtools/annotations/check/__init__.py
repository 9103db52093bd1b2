"""Find what is wrong with COCO keypoint files, and mend what can be mended safely.

The names below are imported when they are asked for: ``load_coco`` reads through the rules in here
and must not wait for the part that opens pictures.
"""

from importlib import import_module

_HOMES = {
    "KINDS": "problems",
    "LEVELS": "problems",
    "Problem": "problems",
    "CheckReport": "checker",
    "check_files": "checker",
    "find_problems": "checker",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
