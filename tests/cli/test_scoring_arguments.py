"""What ``surgtools test`` refuses at the start."""

import argparse
from pathlib import Path

import pytest

from surgtools.cli import test
from surgtools.cli.scoring_arguments import (
    OF_NETWORKS,
    check_arguments,
    check_writable,
    metrics_file,
)
from surgtools.errors import InputError

PREDICTIONS = ["--predictions", "r.json", "--format", "coco", "--data", "d"]


def parse(*words):
    parser = argparse.ArgumentParser()
    test.add_arguments(parser)
    return parser.parse_args(words)


def test_plain_commands_pass(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_arguments(parse(*PREDICTIONS, "--ranking", "bbox", "--out", "a/b/m.json"))
    check_arguments(parse("a.py", "a.pth", "--det-model", "x", "--det-weights", "y"))
    for detector in (["--det-model", "x"], ["--detector", "x", "y"]):
        check_arguments(parse("a.py", "a.pth", *detector, "--det-thr", "0", "--tta"))
    check_arguments(parse("a.py", "a.pth", "--no-tta"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["config.py"], "CONFIG"),
        (["config.py", "weights.pth"], "CONFIG, CHECKPOINT"),
        (["--cfg-options", "a=1"], "--cfg-options"),
        (["--detector", "a", "b"], "--detector"),
        (["--det-model", "a"], "--det-model"),
        (["--det-weights", "a"], "--det-weights"),
        (["--det-thr", "0.05"], "--det-thr"),
        (["--tta"], "--tta"),
        (["--no-tta"], "--tta"),
        (["--dump", "a.json"], "--dump"),
        (["--show-dir", "a"], "--show-dir"),
        (["--launcher", "pytorch"], "--launcher"),
        (["--trust-checkpoint"], "--trust-checkpoint"),
    ],
)
def test_predictions_take_nothing_of_a_network(words, named):
    with pytest.raises(InputError, match=f"runs no network, so {named} would have no effect"):
        check_arguments(parse(*PREDICTIONS, *words))
    assert set(named.split(", ")) <= set(OF_NETWORKS.values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--detector", "d", "w", "--det-model", "e"], "keep one of the two ways"),
        (["--detector", "d", "w", "--det-weights", "v"], "keep one of the two ways"),
        (["--format", "coco"], "--format coco: says how to read --predictions"),
        (["--ranking", "bbox"], "--ranking bbox: says how to read --predictions"),
        (["--det-thr", "0"], "--det-thr: has no effect on a network alone"),
        (["--tta", "--det-thr", "0.1"], "--det-thr, --tta: has no effect on a network alone"),
    ],
)
def test_flags_without_effect_on_networks_are_refused(words, message):
    with pytest.raises(InputError, match=message):
        check_arguments(parse("a.py", "a.pth", *words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "file/m.json"], "file/m.json: cannot be written"),
        (["--dump", "file/deep/d.json"], "file/deep/d.json: cannot be written"),
        (["--work-dir", "file"], "file/metrics.json: cannot be written"),
        (["--work-dir", "/proc/x"], "/proc/x/metrics.json: cannot be written"),
        (["--show-dir", "file"], "file/drawing: cannot be written"),
        (["--out", "folder"], "folder: is a folder; give the name of a file"),
        (["--out", f"{'x' * 300}/m.json"], "cannot be written"),
    ],
)
def test_files_that_cannot_be_written_are_refused_first(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("a file")
    Path("folder").mkdir()
    with pytest.raises(InputError, match=message):
        check_arguments(parse("a.py", "a.pth", *words))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_the_check_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "a/b/c.json")
    assert list(tmp_path.iterdir()) == []


def test_where_the_metrics_go():
    assert metrics_file(parse(*PREDICTIONS)) is None
    assert metrics_file(parse("a/b.py")) == Path("work_dirs/b/test/metrics.json")
    assert metrics_file(parse("b.py", "--work-dir", "w")) == Path("w/metrics.json")
    assert metrics_file(parse("b.py", "--work-dir", "w", "--out", "o.json")) == Path("o.json")
