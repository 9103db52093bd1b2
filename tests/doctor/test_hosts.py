"""The host checks find the faults they are there for."""

import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from surgtools.doctor import hosts
from surgtools.doctor.finding import Fault

REQUIREMENTS = Path(__file__).resolve().parents[2] / "tools/requirements"


def test_pinned_versions_are_those_of_the_requirements():
    lines = [
        line
        for name in ("runtime", "no_deps")
        for line in (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    ]
    for distribution, version in hosts.PINNED.items():
        assert f"{distribution}=={version}" in lines


def test_this_environment_passes_the_host_checks():
    assert [check.run().ok for check in hosts.CHECKS[:-1]] == [True] * 7


def test_torchvision_of_another_torch_is_found(monkeypatch):
    def broken(*_):
        raise RuntimeError("operator torchvision::nms does not exist")

    torchvision = SimpleNamespace(__version__="0.1", ops=SimpleNamespace(nms=broken))
    monkeypatch.setitem(sys.modules, "torchvision", torchvision)
    finding = next(c for c in hosts.CHECKS if c.name == "torchvision").run()
    assert "operator torchvision::nms does not exist" in finding.found
    assert finding.mend.endswith("torch==2.14.1 torchvision==0.29.1")


def test_fork_and_original_side_by_side_are_refused(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "2.0")
    with pytest.raises(Fault, match="onedl-mmengine 2.0 and mmengine 2.0 overwrite") as caught:
        hosts.forks()
    assert "uninstall -y mmengine onedl-mmengine && " in caught.value.mend


def test_missing_host_is_named_with_the_command_that_brings_it(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(Fault, match="onedl-mmengine is not installed") as caught:
        hosts.forks()
    assert caught.value.mend.endswith("install onedl-mmengine==0.10.12")


def test_too_new_numpy_is_a_fault(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "2.3.1")
    with pytest.raises(Fault, match="tested below 2.3"):
        hosts.numpy()


def test_too_old_torch_is_a_fault(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(__version__="2.5.1"))
    with pytest.raises(Fault, match="2.6 or later"):
        hosts.torch()
