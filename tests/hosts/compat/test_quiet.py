"""Start-up says nothing that the reader cannot act on."""

import subprocess
import sys
import warnings
from pathlib import Path

import torch

from surgtools.hosts.compat import quiet

ROOT = Path(__file__).resolve().parents[3]


def test_registering_everything_prints_nothing():
    done = subprocess.run(
        [sys.executable, "-c", "import surgtools.register"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_other_lines_still_reach_stdout(capsys):
    with quiet.host_imports():
        print(quiet.HARMLESS_LINES[0])
        print("something else")
    assert capsys.readouterr().out == "something else\n"


def test_other_warnings_are_still_shown():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quiet.install()
        warnings.warn("faster_coco_eval is not installed, ...", UserWarning, stacklevel=1)
        torch.meshgrid(torch.arange(2), torch.arange(2))
        with torch.cuda.amp.autocast(enabled=False):
            pass
        warnings.warn("a number may be wrong", UserWarning, stacklevel=1)
    assert [str(w.message) for w in caught] == ["a number may be wrong"]
