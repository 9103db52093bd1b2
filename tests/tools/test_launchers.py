"""``dist_train.sh`` and ``slurm_train.sh``: two processes train one network together."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import surgtools.register  # noqa: F401
from surgtools.hosts.checkpoints import load_checkpoint

ROOT = Path(__file__).resolve().parents[2]
POSE = str(ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py")

SRUN = """#!/usr/bin/env bash
# Stands in for Slurm: starts what follows the flags of srun, once for each of two tasks.
printf '%s\\n' "$@" >"$WORDS"
[ -n "${START:-}" ] || exit 0
while [ "$1" != "$SURGTOOLS_PYTHON" ]; do shift; done
export SLURM_NTASKS=2 SLURM_NODELIST=here
SLURM_PROCID=1 SLURM_LOCALID=1 "$@" &
SLURM_PROCID=0 SLURM_LOCALID=0 "$@" && wait $!
"""


def run(
    script: str, *words: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", str(ROOT / "tools" / script), *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"SURGTOOLS_PYTHON": sys.executable, **environment},
    )


@pytest.fixture
def srun(tmp_path):
    """The environment in which the stand-in is ``srun``, and the file of its words."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/srun").write_text(SRUN)
    (tmp_path / "bin/srun").chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "WORDS": str(tmp_path / "words")}


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("script", "words"),
    [("dist_train.sh", ["a.py"]), ("slurm_train.sh", ["gpus", "job", "a.py"])],
)
def test_too_few_words_are_answered_with_those_that_are_expected(script, words):
    done = run(script, *words)
    assert done.returncode == 2
    assert f"bash tools/{script} " in done.stderr and "CONFIG" in done.stderr


def test_slurm_is_asked_as_the_hosts_ask_it(srun):
    words = ["gpus", "my job", "a.py", "work dir", "--seed", "3"]
    done = run(
        "slurm_train.sh", *words, GPUS="4", GPUS_PER_NODE="2", SRUN_ARGS="--qos low", **srun
    )
    assert done.returncode == 0, done.stderr
    asked = Path(srun["WORDS"]).read_text().splitlines()
    flags, command = asked[: asked.index(sys.executable)], asked[asked.index(sys.executable) :]
    assert flags == (
        "-p|gpus|--job-name|my job|--gres|gpu:2|--ntasks|4|--ntasks-per-node|2|--cpus-per-task|5|"
        "--kill-on-bad-exit=1|--qos|low"
    ).split("|")
    assert command[3:] == ["a.py", "--work-dir", "work dir", "--launcher", "slurm", "--seed", "3"]


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["dist_train.sh", "slurm_train.sh"])
def test_two_ranks_share_the_pictures_and_write_one_checkpoint(
    launcher, draw_dataset, tmp_path, srun
):
    data, work_dir = draw_dataset(train=8, val=2), tmp_path / "run"
    flags = ["--data", str(data), "--epochs", "1", "--cfg-options"]
    flags += ["train_dataloader.batch_size=4", "default_hooks.logger.interval=1"]
    flags += [
        f"{loader}.{setting}"
        for loader in ("train_dataloader", "val_dataloader")
        for setting in ("num_workers=0", "persistent_workers=False")
    ]
    environment = {"PORT": free_port(), "MASTER_PORT": free_port(), "OMP_NUM_THREADS": "1"}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "START": "yes"}
    if launcher == "dist_train.sh":
        words = [POSE, "2", "--work-dir", str(work_dir)]
    else:
        words, environment = ["p", "j", POSE, str(work_dir)], environment | srun
    done = run(launcher, *words, *flags, cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    meta = load_checkpoint(work_dir / "epoch_1.pth")["meta"]
    # 18 samples: each rank has 9, two whole batches of 4; one process alone would have four
    assert (meta["epoch"], meta["iter"]) == (1, 2)
    (log,) = work_dir.glob("*/vis_data/scalars.json")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["step"] for row in rows if "loss" in row] == [1, 2], "one rank writes"
    assert sum("keypoints/AP" in row for row in rows) == 1, "one rank scores what both found"
    assert done.stdout.count("report: ") == 1
