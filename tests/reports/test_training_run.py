"""Training logs of one or several starts."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.reports.training_run import read_training_run


def write_log(folder, start, rows, tail=""):
    path = folder / start / "vis_data/scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n" + tail)


def test_training_and_validation_curves_are_told_apart(tmp_path):
    rows = [
        {"lr": 0.1, "loss": 3.0, "iter": 10, "step": 10, "time": 1.0},
        {"keypoints/AP": 0.5, "step": 1},
    ]
    write_log(tmp_path, "20260101_000000", rows)
    run = read_training_run(tmp_path)
    assert run.train == {"lr": [(10, 0.1)], "loss": [(10, 3.0)]}
    assert run.val == {"keypoints/AP": [(1, 0.5)]}
    assert run.starts == 1 and run.config is None


def test_a_resumed_training_replaces_the_steps_it_ran_again(tmp_path):
    first = [{"lr": 1.0, "loss": float(step), "step": step} for step in (10, 20, 30)]
    second = [{"lr": 1.0, "loss": step + 0.5, "step": step} for step in (20, 40)]
    write_log(tmp_path, "20260101_000000", first, tail='{"lr": 1.0, "lo')
    write_log(tmp_path, "20260101_000001", second, tail='{"step": ' + "[" * 100_000)
    run = read_training_run(tmp_path)
    assert run.train["loss"] == [(10, 10.0), (20, 20.5), (40, 40.5)]
    assert run.starts == 2


def test_a_folder_without_log_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no training log"):
        read_training_run(tmp_path)
