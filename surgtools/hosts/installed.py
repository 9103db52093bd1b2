"""Whether torch and the OpenMMLab hosts are installed; asking loads none of them."""

from importlib.util import find_spec

HOSTS = ("torch", "mmengine", "mmcv", "mmdet", "mmpose")
"""Without one of them networks run as ONNX only."""


def has_hosts() -> bool:
    """Whether all of ``HOSTS`` are there; a broken one counts as there, and says so when used."""
    return all(_is_there(name) for name in HOSTS)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # hidden, or a half-made module without a spec
        return False
