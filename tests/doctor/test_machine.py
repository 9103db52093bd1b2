"""The card and the generator are asked in ways that cannot take the doctor down."""

import os
from types import SimpleNamespace

import pytest

from surgtools.doctor import machine
from surgtools.doctor.finding import Fault


def test_missing_module_is_the_last_line_of_the_other_process():
    with pytest.raises(Fault, match="No module named 'surgtools_nothing'"):
        machine._ask("import surgtools_nothing")


def test_missing_system_library_names_its_packages():
    code = "raise ImportError('libXi.so.6: cannot open shared object file: No such file')"
    with pytest.raises(Fault, match="libXi") as caught:
        machine._ask(code)
    assert caught.value.mend.startswith("apt-get install -y")


def test_crash_of_the_other_process_is_a_fault():
    with pytest.raises(Fault, match="ended with code -11"):
        machine._ask("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")


def test_last_line_is_the_answer():
    assert machine._ask("print('noise'); print('bpy 4.2.0')") == "bpy 4.2.0"


def test_no_card_is_no_fault(monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.graphics_card() == "none, everything runs on the CPU"


def test_card_that_torch_cannot_use_is_a_fault(monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Fault, match="nvidia-smi sees a card"):
        machine.graphics_card()


def test_little_shared_memory_is_said_and_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(
        machine.shutil, "disk_usage", lambda path: SimpleNamespace(free=64 * 2**20)
    )
    assert machine.shared_memory().startswith(f"64 MB free in {tmp_path}: training takes fewer")
    assert "--shm-size" in machine.shared_memory()
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**34))
    assert machine.shared_memory() == f"16384 MB free in {tmp_path}"
    monkeypatch.setattr(machine, "SHARED_MEMORY", tmp_path / "none")
    assert machine.shared_memory().startswith("none of its own")


@pytest.mark.blender
def test_this_environment_has_the_generator():
    assert machine.bpy().startswith("bpy 4.")
    assert machine.blenderproc().startswith("blenderproc 2.")
