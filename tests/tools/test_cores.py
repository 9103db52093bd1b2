"""A container's share of the cores is what counts."""

import os
from pathlib import Path

import pytest

from tools.cores import available_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


@pytest.mark.parametrize(
    ("quota", "cores"), [("200000", 2), ("150000", 2), ("5000", 1), ("max", 8), ("9900000", 8)]
)
def test_quota_of_cgroup_2(tmp_path: Path, quota: str, cores: int):
    (tmp_path / "cpu.max").write_text(f"{quota} 100000\n")
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("200000", 2), ("-1", 8)])
def test_quota_of_cgroup_1(tmp_path: Path, quota: str, cores: int):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert available_cores(tmp_path) == cores


def test_without_a_quota_the_affinity_counts(tmp_path: Path):
    assert available_cores(tmp_path) == 8
