"""Checks of a light install, ``pip install '.[onnx]'``: it predicts, and has no torch.

What such an install leaves out on purpose is no fault.
"""

import importlib.util
import sys

from surgtools.doctor import hosts, media
from surgtools.doctor.finding import PIP, Check, Fault

CAN = "predict, demo, export's folders, and every command on labels"
CANNOT = "train, test, adapt and export"
WHOLE = "bash tools/env.sh"
"""What installs the rest, in a checkout."""

CHECKOUT = "in the folder of the checkout"

OPTIONAL = {"av": "video", "scipy": "video", "gradio": "demo", "bpy": "generator", "ray": "ray"}
"""Module to the extra that brings it."""


def is_light() -> bool:
    """Whether networks run on ONNX Runtime here and not on torch."""
    return not _is_there("torch") and _is_there("onnxruntime")


def kind() -> str:
    return f"light, without torch: {CAN}; {CANNOT} need `{WHOLE}`"


def interpreter() -> str:
    return f"{'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})"


def shipped_models() -> str:
    """Run the fast pair on one of the sample pictures."""
    import onnxruntime

    from surgtools import samples
    from surgtools.prediction import Inferencer

    inferencer = Inferencer(models="fast-onnx", device="cpu")
    (result,) = inferencer([samples.pictures()[0]])
    found = len(result.instances)
    if not found:
        raise Fault("the fast pair finds nothing in a sample picture")
    return f"onnxruntime {onnxruntime.__version__}, {found} instruments in a sample picture"


def extras() -> str:
    """What is not there is said with the extra that brings it; it is no fault."""
    missing = dict.fromkeys(e for name, e in OPTIONAL.items() if not _is_there(name))
    if not missing:
        return "all"
    named = f"'.[{','.join(missing)}]'"
    return f"not installed: {', '.join(missing)}; {PIP} {named} {CHECKOUT} brings them"


def video_if_wanted() -> str:
    if not _is_there("av"):
        return f"not installed; {PIP} '.[onnx,video]' {CHECKOUT} brings it"
    return media.video()


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


CHECKS = (
    Check("installation", kind, WHOLE),
    Check("python", interpreter, "install Python 3.11 or later"),
    Check("numpy", hosts.numpy, f'{PIP} "numpy<2.3"'),
    Check("OpenCV", media.opencv, f'{PIP} "opencv-python-headless<4.13"'),
    Check("shipped models", shipped_models, f"{PIP} --force-reinstall --no-deps onnxruntime"),
    Check("video", video_if_wanted, f"{PIP} --force-reinstall av"),
    Check("extras", extras, f"{PIP} surgtools"),
)
