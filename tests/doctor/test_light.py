"""An install without torch is checked for what it is: nothing that it leaves out is a fault."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import surgtools.doctor
from surgtools.doctor import light
from surgtools.doctor.finding import Fault

LEFT_OUT = "torch,torchvision,mmengine,mmcv,mmdet,mmpose,onnx,bpy,av,gradio,ray"
AS_IF_MISSING = f"""
import sys
from importlib.abc import MetaPathFinder
class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LEFT_OUT.split(",")}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import importlib.util
find = importlib.util.find_spec
def find_spec(name, package=None):
    return None if name in {LEFT_OUT.split(",")} else find(name, package)
importlib.util.find_spec = find_spec
from surgtools.cli import main
sys.exit(main(["doctor"]))
"""


def test_without_torch_the_doctor_says_what_the_install_can_do_and_all_is_well():
    done = subprocess.run(
        [sys.executable, "-c", AS_IF_MISSING],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "light, without torch: predict" in done.stdout
    assert "bash tools/env.sh" in done.stdout
    assert "instruments in a sample picture" in done.stdout
    assert "'.[onnx,video]' in the folder of the checkout" in done.stdout
    assert "FAULT" not in done.stdout


def test_the_whole_is_checked_where_torch_is():
    assert surgtools.doctor.checks_here() is surgtools.doctor.CHECKS


def test_neither_torch_nor_onnxruntime_is_no_light_install(monkeypatch):
    monkeypatch.setattr(light, "_is_there", lambda name: False)
    assert not light.is_light()


def test_a_light_install_is_judged_by_its_own_checks(monkeypatch):
    monkeypatch.setattr(light, "_is_there", lambda name: name == "onnxruntime")
    assert surgtools.doctor.checks_here() is light.CHECKS
    assert "'.[video,demo,generator,ray]' in the folder of the checkout" in light.extras()


def test_models_that_find_nothing_are_a_fault(monkeypatch):
    class Blind:
        def __init__(self, **_): ...

        def __call__(self, inputs):
            from surgtools.prediction.results import FrameResult

            return iter([FrameResult("a.jpg", "image", 4, 4, [])])

    monkeypatch.setattr("surgtools.prediction.Inferencer", Blind)
    with pytest.raises(Fault, match="finds nothing in a sample picture"):
        light.shipped_models()
