"""The benchmarks in space stop where a command of theirs fails."""

import pytest

from benchmarks.spatial_scenes import surgtools


def test_a_failed_command_ends_the_benchmark_with_its_code(tmp_path, capfd):
    with pytest.raises(SystemExit) as stopped:
        surgtools("predict", tmp_path / "missing.jpg", "--out-dir", tmp_path)
    assert stopped.value.code == 2
    assert "missing.jpg" in capfd.readouterr().err
