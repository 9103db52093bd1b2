"""``surgtools train``: it learns, goes on where it stopped, and refuses what it cannot use."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.cli import main
from surgtools.hosts.checkpoints import load_checkpoint

ROOT = Path(__file__).resolve().parents[2]
POSE = str(ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py")
DETECTOR = str(ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py")
NO_WORKERS = [
    f"{loader}.{setting}"
    for loader in ("train_dataloader", "val_dataloader")
    for setting in ("num_workers=0", "persistent_workers=False", "batch_size=4")
]


@pytest.fixture
def small_dataset(draw_dataset) -> Path:
    """8 instances to train on: two iterations per epoch."""
    return draw_dataset(train=4, val=2)


def train(config, data, work_dir, *more, options=()):
    arguments = ["train", config, "--data", str(data), "--work-dir", str(work_dir), *more]
    return main([*arguments, "--cfg-options", *NO_WORKERS, *options])


def losses(work_dir: Path) -> list[dict]:
    """Rows with a loss of all runs in a work folder, in the order they were written."""
    rows = []
    for path in sorted(work_dir.glob("*/vis_data/scalars.json")):
        rows += [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if "loss" in row]


def test_train_writes_a_checkpoint_that_tells_its_origin(small_dataset, tmp_path):
    assert train(POSE, small_dataset, tmp_path / "run", "--epochs", "1", "--seed", "7") == 0
    checkpoint = load_checkpoint(tmp_path / "run/epoch_1.pth")
    facts = checkpoint["meta"]["surgtools"]
    assert facts["seed"] == 7
    assert facts["data"][0]["ann_file"].endswith("train/coco_keypoints.json")
    assert facts["data"][0]["samples"] == 9  # 8 instruments, 1 piece of background
    assert "torch" in facts["packages"]
    assert "UnionSimCC" in checkpoint["meta"]["cfg"]


def test_detector_trains(small_dataset, tmp_path):
    code = train(DETECTOR, small_dataset, tmp_path / "run", "--epochs", "1", "--no-validate")
    assert code == 0
    assert (tmp_path / "run/epoch_1.pth").exists()


def test_resume_repeats_what_was_not_stopped(small_dataset, tmp_path):
    """A run stopped after one of two epochs ends like one that was never stopped."""
    every = ["default_hooks.logger.interval=1"]
    arguments = ("--no-validate", "--epochs", "2")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(POSE, small_dataset, whole, *arguments, options=every) == 0

    parts.mkdir()  # what a kill after the first epoch would have left
    os.link(whole / "epoch_1.pth", parts / "epoch_1.pth")
    (parts / "last_checkpoint").write_text(str(parts / "epoch_1.pth"))
    assert train(POSE, small_dataset, parts, "--resume", *arguments, options=every) == 0
    resumed = losses(parts)
    expected = [row for row in losses(whole) if row["epoch"] == 2]
    for key in ("iter", "lr", "loss", "loss_kpt", "grad_norm"):
        assert [row[key] for row in resumed] == [row[key] for row in expected]
    ends = [load_checkpoint(folder / "epoch_2.pth")["state_dict"] for folder in (whole, parts)]
    for name, value in ends[0].items():  # the averaged weights
        assert torch.equal(value, ends[1][name]), name


@pytest.mark.slow
def test_killed_training_goes_on(small_dataset, tmp_path):
    """SIGKILL after the first checkpoint: resumed, every iteration happens, once per epoch."""
    work_dir = tmp_path / "run"
    command = [sys.executable, str(ROOT / "tools/train.py"), POSE, "--data", str(small_dataset)]
    command += ["--work-dir", str(work_dir), "--epochs", "3", "--no-validate", "--resume"]
    command += ["--cfg-options", *NO_WORKERS, "default_hooks.logger.interval=1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (work_dir / "last_checkpoint").exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    second, last = (load_checkpoint(work_dir / f"epoch_{n}.pth")["meta"] for n in (2, 3))
    assert (last["epoch"], last["iter"] / 3) == (3, second["iter"] / 2)
    rows = {row["iter"]: row["lr"] for row in losses(work_dir)}
    assert sorted(rows) == list(range(1, last["iter"] + 1))


def refused(capsys, code) -> str:
    """The one line a refused command printed."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("surgtools")]
    assert code == 2
    assert len(lines) == 1
    return lines[0]


def test_missing_config(capsys, tmp_path):
    code = main(["train", str(tmp_path / "absent.py")])
    assert "absent.py: no such config" in refused(capsys, code)


def test_missing_data(capsys, tmp_path):
    code = train(POSE, tmp_path / "nowhere", tmp_path / "run")
    assert "nowhere/train/coco_keypoints.json: no such file" in refused(capsys, code)
    assert not (tmp_path / "run").exists()


def broken_json(content: dict) -> str:
    return json.dumps(content)[:-40]


def wrong_count(content: dict) -> str:
    del content["annotations"][0]["keypoints"][-3:]
    return json.dumps(content)


def no_instruments(content: dict) -> str:
    return json.dumps(content | {"annotations": []})


def no_pictures(content: dict) -> str:
    return json.dumps(content | {"annotations": [], "images": []})


def unknown_category(content: dict) -> str:
    content["annotations"][0]["category_id"] = 3
    return json.dumps(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (broken_json, "is not JSON"),
        (wrong_count, "4 keypoints, needle_holder defines 5"),
        (unknown_category, "adds it to the list"),
        (no_instruments, "8 pictures, 0 instruments"),
        (no_pictures, "0 pictures, 0 instruments"),
    ],
)
def test_spoilt_annotations(capsys, drawn_dataset, tmp_path, spoil, message):
    path = drawn_dataset / "train/coco_keypoints.json"
    path.write_text(spoil(json.loads(path.read_text())))
    code = train(POSE, drawn_dataset, tmp_path / "run")
    assert message in refused(capsys, code)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("num_workers", [0, 1])
def test_truncated_picture(capsys, drawn_dataset, tmp_path, num_workers):
    for path in (drawn_dataset / "train/images").iterdir():
        path.write_bytes(path.read_bytes()[:500])
    options = [f"train_dataloader.num_workers={num_workers}"]
    code = train(POSE, drawn_dataset, tmp_path / "run", "--no-validate", options=options)
    line = refused(capsys, code)
    assert ".jpg: the picture is cut off" in line
    assert "Traceback" not in line


def test_loss_that_is_no_number(capsys, small_dataset, tmp_path):
    options = ["optim_wrapper.optimizer.lr=1e30", "param_scheduler=[]"]
    code = train(POSE, small_dataset, tmp_path / "run", "--no-validate", options=options)
    line = refused(capsys, code)
    assert "iteration 2 (epoch 1, batch 1): loss" in line
    assert str(small_dataset / "train/images/0000") in line  # the pictures of the batch


@pytest.mark.parametrize(
    ("config", "option", "message"),
    [
        (DETECTOR, "model.bbox_head.num_classes=1", "bbox_head.num_classes is 1, the taxonomy"),
        (POSE, "model.head.out_channels=5", "head.out_channels is 5, the taxonomy"),
    ],
    ids=["classes", "keypoints"],
)
def test_other_counts_of_classes(capsys, drawn_dataset, tmp_path, config, option, message):
    code = train(config, drawn_dataset, tmp_path / "run", options=[option])
    assert message in refused(capsys, code)
    assert not (tmp_path / "run").exists()


def test_learning_rate_that_is_no_number(capsys, small_dataset, tmp_path):
    options = ["optim_wrapper.optimizer.lr=nan"]
    code = train(POSE, small_dataset, tmp_path / "run", "--no-validate", options=options)
    line = refused(capsys, code)
    assert "rtmpose-t_60e_instruments-256x256.py: optim_wrapper cannot be built" in line
    assert "Invalid learning rate: nan" in line


def test_checkpoint_of_another_model(capsys, drawn_dataset, tmp_path):
    torch.save({"state_dict": {"weight": torch.zeros(1)}}, tmp_path / "other.pth")
    code = train(POSE, drawn_dataset, tmp_path / "run", "--resume", str(tmp_path / "other.pth"))
    assert "other.pth: `backbone" in refused(capsys, code)
    assert not (tmp_path / "run").exists()


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_checkpoint_that_would_run_code(capsys, drawn_dataset, tmp_path):
    torch.save({"state_dict": {}, "x": Payload(tmp_path / "proof")}, tmp_path / "bad.pth")
    options = [f"load_from={tmp_path / 'bad.pth'}"]
    code = train(POSE, drawn_dataset, tmp_path / "run", options=options)
    assert "--trust-checkpoint" in refused(capsys, code)
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs 0: 1 or more"),
        (["--cfg-options", "lr"], "--cfg-options lr: KEY=VALUE"),
        (["--cfg-options", "model.head.type=NoSuchHead"], "NoSuchHead is not in the"),
    ],
)
def test_arguments_that_mean_nothing(capsys, drawn_dataset, tmp_path, arguments, message):
    command = ["train", POSE, "--data", str(drawn_dataset), "--work-dir", str(tmp_path / "run")]
    assert message in refused(capsys, main([*command, *arguments]))


def test_data_that_are_a_file_are_refused(small_dataset, tmp_path, capsys):
    file = small_dataset / "train/coco_keypoints.json"
    assert train(POSE, file, tmp_path / "run") == 2
    error = capsys.readouterr().err
    assert f"--data {file}: is a file; give a folder with train/ and val/" in error
    assert error.count("\n") == 1 and not (tmp_path / "run").exists()
