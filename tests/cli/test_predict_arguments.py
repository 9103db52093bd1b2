"""Flags of predict that contradict each other are refused in one line, before anything is read."""

import pytest

from surgtools.cli import main


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to look at is named"),
        (["--watch", "nowhere"], "--watch nowhere: no such folder"),
        (["--watch", ".", "--shard", "1/2"], "leave one out"),
        (["a.png", "--shard", "3/2"], "--shard 3/2: I/N with I from 1 to N"),
        (["a.png", "--save-boxes", "b.json", "--boxes", "c.json"], "give one of them"),
        (["a.png", "--save-boxes", "b.json", "--show"], "--show needs keypoints"),
        (["a.png", "--engine", "ray", "--show"], "--engine ray works elsewhere"),
        (
            ["a.png", "--save-boxes", "b.json", "--format", "coco", "--crop", "--save-frames"],
            "boxes and nothing else; leave --format coco, --crop, --save-frames out",
        ),
        (
            ["a.png", "--save-boxes", "b.json", "--flip-test", "--camera", "c", "--model-3d", "m"],
            "leave --flip-test, --camera, --model-3d out",
        ),
        (
            ["a.png", "--boxes", "b.json", "--zoom", "2", "--nms-thr", "0", "--det-interval", "4"],
            "takes the place of the detector; leave --zoom, --nms-thr, --det-interval out",
        ),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", *words]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
