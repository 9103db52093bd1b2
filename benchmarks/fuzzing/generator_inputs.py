"""Presets and cameras, read by the generator in a process of its own, as the product does.

The process stays for all cases; a fault of it comes back as one.
"""

import atexit
import json
import subprocess
import sys
from pathlib import Path

from surgtools.errors import InputError

_SERVER = """
import importlib, json, sys, traceback
for line in sys.stdin:
    kind, file = json.loads(line)
    module = importlib.import_module("data_gen." + {"preset": "presets"}.get(kind, kind))
    try:
        getattr(module, "load_" + kind)(file)
        answer = ["read", ""]
    except Exception as error:
        name = type(error).__name__
        answer = [name, str(error) if name == "InputError" else traceback.format_exc()]
    print(json.dumps(answer), flush=True)
"""
_process: subprocess.Popen | None = None


class GeneratorFault(Exception):
    """The generator ended a reading with something else than an InputError."""


def read(kind: str, file: Path) -> None:
    """Let the generator read a file.

    Raises:
        InputError: it refused the file.
        GeneratorFault: it did anything else than reading or refusing.
    """
    process = _started()
    process.stdin.write(json.dumps([kind, str(file)]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise GeneratorFault(f"the process ended with {process.wait()}")
    name, text = json.loads(line)
    if name == "InputError":
        raise InputError(text)
    if name != "read":
        raise GeneratorFault(text)


def _started() -> subprocess.Popen:
    global _process
    if _process is None or _process.poll() is not None:
        root = Path(__file__).resolve().parents[2]
        _process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        atexit.register(_process.kill)
    return _process
