import json

import pytest

from surgtools.cli import main
from surgtools.inference.video import VideoWriter


def named(models: dict[str, str]) -> list[str]:
    return [a for k, v in models.items() for a in (f"--{k.replace('_', '-')}", v)]


def test_bench_writes_the_figures_of_both_paths(random_models, tmp_path, capsys):
    import numpy as np

    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(4):
            writer.write(np.full((120, 160, 3), 50 * i, np.uint8), i / 25)
    out = tmp_path / "bench.json"
    args = [str(tmp_path / "v.mp4"), "--frames", "3", "--out", str(out), *named(random_models)]
    assert main(["bench", *args]) == 0
    figures = json.loads(out.read_text())
    assert sorted(figures) == ["onnx", "torch"]
    for path in figures.values():
        assert sorted(path) == ["decode", "detect", "draw", "pose", "whole"]
        assert path["whole"]["frames"] == 3
    assert "fps_drawn_video" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--frames", "1"], "3 or more"),
        (["--against", "rtmlib"], "needs --peer-python"),
        (["--against", "rtmlib", "--peer-python", "x", "--no-onnx"], "leave --no-onnx out"),
    ],
)
def test_wrong_calls_are_one_line(words, message, capsys):
    assert main(["bench", *words]) == 2
    assert message in capsys.readouterr().err
