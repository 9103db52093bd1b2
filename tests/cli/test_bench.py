import json

import numpy as np
import pytest

from surgtools.cli import main
from surgtools.prediction.video_writer import VideoWriter

FEW_BOXES = ["--bbox-thr", "0.9998"]
"""Random networks find dozens of instruments, and each is posed in every run."""


def named(models: dict[str, str]) -> list[str]:
    return [a for k, v in models.items() for a in (f"--{k.replace('_', '-')}", v)]


def test_bench_writes_the_figures_of_both_paths(random_models, tmp_path, capsys):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(4):
            writer.write(np.full((120, 160, 3), 50 * i, np.uint8), i / 25)
    out = tmp_path / "bench.json"
    args = [str(tmp_path / "v.mp4"), "--frames", "3", "--out", str(out), *FEW_BOXES]
    assert main(["bench", *args, *named(random_models)]) == 0
    figures = json.loads(out.read_text())
    assert sorted(figures) == ["onnx", "torch"]
    for path in figures.values():
        steps = {"decode", "detect", "draw", "frame", "pose", "whole", "whole, drawn", "limit"}
        assert steps < set(path)
        assert {"stage resize", "stage detect", "stage json", "stage all"} < set(path)
        assert 0 < path["limit"]["gflop"] and 0 < path["limit"]["reached"]
        assert path["whole"]["frames"] == 3
    assert "whole, drawn" in capsys.readouterr().out


def test_a_peer_is_run_in_turns_and_the_ratio_is_of_the_medians(
    random_models, tmp_path, monkeypatch
):
    from surgtools.cli import bench

    fps = iter([10.0, 40.0, 20.0])
    monkeypatch.setattr(bench, "_run_script", lambda name, command: {"fps": next(fps)})
    out = tmp_path / "bench.json"
    args = ["--frames", "3", "--against", "rtmlib=python", "--out", str(out), *FEW_BOXES]
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(3):
            writer.write(np.full((120, 160, 3), 50 * i, np.uint8), i / 25)
    assert main(["bench", str(tmp_path / "v.mp4"), *args, *named(random_models)]) == 0
    figures = json.loads(out.read_text())
    assert figures["rtmlib"]["whole"] == {"fps": 20.0}
    ours = figures["onnx"]["whole"]["fps"]
    assert figures["ratio"] == {"onnx / rtmlib": {"fps": pytest.approx(ours / 20)}}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--frames", "1"], "3 or more"),
        (["--rounds", "0"], "1 or more"),
        (["--against", "rtmlib"], "name the python that has rtmlib"),
        (["--against", "yolo"], "name the python that has yolo"),
        (["--against", "openpose"], "host, rtmlib, yolo are known"),
        (["--against", "rtmlib=x", "--no-onnx"], "leave --no-onnx out"),
    ],
)
def test_wrong_calls_are_one_line(words, message, capsys):
    assert main(["bench", *words]) == 2
    assert message in capsys.readouterr().err
