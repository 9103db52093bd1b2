"""The hook in a training of two ranks: one labels, both learn the same.

The toy domain is that of ``test_video_pseudo_label_hook.py``; each rank is a process of its own.
"""

import hashlib
import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mmengine.registry import DATASETS, TASK_UTILS
from torch import distributed

from surgtools.adaptation import video_pseudo_label_hook

TOYS = runpy.run_path(str(Path(__file__).with_name("test_video_pseudo_label_hook.py")))
parts = TOYS["parts"]

LABELLING_S = 1.0
"""Long enough for a rank that does not wait to look for a round that is not there yet."""


def train_as_rank(rank: str, parts: str) -> None:
    """In a process of its own: train, then note what this rank wrote, asked and learnt from."""
    folder, noted = Path(parts), {"asked": 0, "wrote": [], "learnt": []}

    @DATASETS.register_module(force=True, name="ToyNumbers")
    class NotingNumbers(TOYS["ToyNumbers"]):
        def __init__(self, ann_file="", **options):
            super().__init__(ann_file, **options)
            if ann_file:
                noted["learnt"].append(hashlib.sha256(Path(ann_file).read_bytes()).hexdigest())

    @TASK_UTILS.register_module(force=True, name="ToyProposer")
    class NotingProposer(TOYS["ToyProposer"]):
        def __call__(self, images):
            noted["asked"] += 1
            return super().__call__(images)

    def write_slowly(builder, rejected, path):
        time.sleep(LABELLING_S)
        noted["wrote"].append(path.name)
        write(builder, rejected, path)

    write = video_pseudo_label_hook.write_round
    video_pseudo_label_hook.write_round = write_slowly
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder / 'meeting'}", rank=int(rank), world_size=2
    )
    settings = TOYS["config"](folder, folder / "run", epochs=3)
    settings.launcher = "pytorch"
    settings.model_wrapper_cfg = {  # the default wants a GPU
        "type": "MMDistributedDataParallel",
        "device_ids": None,
        "broadcast_buffers": False,
    }
    runner = TOYS["train"](settings)
    noted["weight"] = runner.model.module.weight.item()
    (folder / f"rank_{rank}.json").write_text(json.dumps(noted))
    distributed.destroy_process_group()


@pytest.mark.slow
def test_rank_0_writes_each_round_once_and_both_learn_from_it(parts):
    script = "import runpy, sys; runpy.run_path(sys.argv[1])['train_as_rank'](*sys.argv[2:])"
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", script, __file__, str(rank), str(parts)],
            env=os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        errors = [rank.communicate()[1] for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    assert [rank.returncode for rank in ranks] == [0, 0], errors
    first, second = (json.loads((parts / f"rank_{rank}.json").read_text()) for rank in range(2))
    files = TOYS["rounds"](parts / "run")
    assert first["wrote"] == list(files) == [f"round_{n:03d}.json" for n in (1, 2, 3)]
    assert second["wrote"] == [] and second["asked"] == 0 < first["asked"]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in files.values()]
    assert first["learnt"] == second["learnt"] == digests
    assert first["weight"] == second["weight"] > 0.1
