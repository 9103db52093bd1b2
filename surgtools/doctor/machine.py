"""Checks of the graphics card and of the generator.

bpy and blenderproc are GPL: they are asked in a process of their own, which also keeps a crash of
Blender away from the doctor.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from surgtools.doctor.finding import PIP, Check, Fault

GENERATOR_TIMEOUT_S = 120
SHARED_MEMORY, ENOUGH_MB = Path("/dev/shm"), 1024
_APT = "apt-get install -y libx11-6 libxrender1 libxxf86vm1 libxfixes3 libxi6 libxkbcommon0 libsm6"

_BPY = "import bpy; print('bpy', bpy.app.version_string)"
# blenderproc refuses to be imported outside Blender unless it is told that it may.
_BLENDERPROC = (
    "import os; "
    "os.environ['OUTSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT_BUT_IN_RUN_SCRIPT'] = '1'; "
    "import blenderproc, blenderproc.version as v; print('blenderproc', v.__version__)"
)


def graphics_card() -> str:
    """A card that torch cannot use is a fault; no card is not."""
    import torch

    if not torch.cuda.is_available():
        if shutil.which("nvidia-smi") and _exit_code(["nvidia-smi", "-L"]) == 0:
            raise Fault(f"nvidia-smi sees a card, torch {torch.__version__} cannot use it")
        return "none, everything runs on the CPU"
    x = torch.ones(64, 64, device="cuda")
    if float((x @ x).sum()) != 64**3:
        raise Fault(f"{torch.cuda.get_device_name()} multiplies wrongly")
    memory = torch.cuda.get_device_properties(0).total_memory / 2**30
    return f"{torch.cuda.get_device_name()}, {memory:.0f} GiB, CUDA {torch.version.cuda}"


def shared_memory() -> str:
    """Little of it is no fault: training then reads pictures with fewer workers."""
    if not SHARED_MEMORY.is_dir():
        return "none of its own, as on every system but Linux"
    free = shutil.disk_usage(SHARED_MEMORY).free / 2**20
    if free >= ENOUGH_MB:
        return f"{free:.0f} MB free in {SHARED_MEMORY}"
    return (
        f"{free:.0f} MB free in {SHARED_MEMORY}: training takes fewer workers and is "
        "slower; start the container with --shm-size=2g"
    )


def bpy() -> str:
    return _ask(_BPY)


def blenderproc() -> str:
    return _ask(_BLENDERPROC)


def _ask(code: str) -> str:
    """Last line that a fresh python prints for ``code``.

    Raises:
        Fault: it failed; when a system library is missing, with the packages that bring it.
    """
    try:
        # without PYTHONPATH, so that it finds what is installed rather than a checkout
        answer = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=GENERATOR_TIMEOUT_S,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        )
    except subprocess.TimeoutExpired as error:
        raise Fault(f"no answer within {GENERATOR_TIMEOUT_S} s") from error
    if answer.returncode == 0:
        return answer.stdout.strip().splitlines()[-1]
    lines = answer.stderr.strip().splitlines() or [f"ended with code {answer.returncode}"]
    raise Fault(lines[-1], _APT if "cannot open shared object file" in lines[-1] else "")


def _exit_code(command: list[str]) -> int:
    return subprocess.run(command, capture_output=True, timeout=30).returncode


CHECKS = (
    Check(
        "graphics card",
        graphics_card,
        f"update the driver, or install a torch for it: {PIP} --force-reinstall torch torchvision",
    ),
    Check("shared memory", shared_memory, "mount /dev/shm"),
    Check("bpy", bpy, f"{PIP} bpy==4.2.0"),
    Check(
        "blenderproc",
        blenderproc,
        f"{PIP} blenderproc==2.8.0 trimesh gitpython h5py scikit-image",
    ),
)
