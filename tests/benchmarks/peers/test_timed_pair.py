"""The schedule ends within the time, and what is trained stays trained."""

import json
import os
from pathlib import Path

import pytest

from surgtools.errors import InputError

_FOLDER = Path(__file__).resolve().parents[3] / "benchmarks/peers"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import timed_pair

    return timed_pair


@pytest.fixture
def pair(module, tmp_path):
    """A pair whose commands take 30 s an epoch, by the times of their checkpoints."""

    class Pair(module.TimedPair):
        commands = []

        def _run(self, command, *words):
            self.commands.append([command, *words])
            folder = Path(words[words.index("--work-dir") + 1])
            folder.mkdir(parents=True)
            for epoch in range(1, int(words[words.index("--epochs") + 1]) + 1):
                checkpoint = folder / f"epoch_{epoch}.pth"
                checkpoint.write_text(f"{folder.name} {epoch}")
                os.utime(checkpoint, (30 * epoch, 30 * epoch))

    return Pair(tmp_path / "ours", module.PairSettings(hours=1 / 6, workers=3))


def test_epochs_and_start_fit_the_time_with_some_reserve(module):
    # 600 s less 3 % are 582; less 20 around are 562, which hold 18 epochs of 30 s
    assert module.plan_epochs(600, module.Speed(epoch=30, around=20)) == 18
    assert module.plan_epochs(52, module.Speed(epoch=30, around=20)) == 1
    with pytest.raises(InputError, match="an epoch takes 30 s and starting takes 20 s"):
        module.plan_epochs(50, module.Speed(epoch=30, around=20))


def test_pose_gets_the_time_the_detector_leaves(pair, tmp_path):
    report = pair.train(tmp_path)
    # Nothing runs: 0.97 x 300 s hold 9 epochs, and what is left of 600 s, x 0.97, holds 19
    assert report["epochs"] == {"detector": 9, "pose": 19}
    assert Path(report["weights"]["detector"]).read_text() == "detector 9"
    assert Path(report["weights"]["pose"]).read_text() == "pose 19"
    measuring, training = pair.commands[:2]
    assert measuring[measuring.index("--epochs") + 1] == "2"
    assert {"--amp", "--no-validate", "train_dataloader.num_workers=3"} <= set(training)


def test_what_is_trained_is_kept(pair, tmp_path):
    first = pair.train(tmp_path)
    pair.commands.clear()
    assert pair.train(tmp_path) == first
    assert pair.commands == []
    (tmp_path / "ours/pose.json").unlink()  # as if it had been stopped there
    pair.train(tmp_path)
    assert [Path(words[1]).name[:7] for words in pair.commands] == ["rtmpose", "rtmpose"]


def test_a_training_of_other_data_or_settings_is_not_taken_for_this_one(pair, module, tmp_path):
    pair.train(tmp_path)
    pair.commands.clear()
    with pytest.raises(InputError, match="is of a training with data .*other.* is given"):
        pair.train(tmp_path / "other")
    pair.settings = module.PairSettings(hours=2.0, workers=3)
    with pytest.raises(InputError, match="is of a training with hours 0.1666.*, now 2.0 is given"):
        pair.train(tmp_path)
    assert pair.commands == []


def test_what_is_scored_is_kept_while_weights_and_words_are(pair, tmp_path):
    weights = pair.train(tmp_path)["weights"]
    out = tmp_path / "scores"
    pair.commands.clear()

    def run(command, *words):
        pair.commands.append([command, *words])
        out.mkdir(exist_ok=True)
        (out / "metrics.json").write_text(json.dumps({"run": len(pair.commands)}))

    pair._run = run
    assert pair.score(weights, "real", None, 0.35, out) == {"run": 1}
    assert pair.score(weights, "real", None, 0.35, out) == {"run": 1}
    assert pair.score(weights, "real", None, 0.5, out) == {"run": 2}
    assert pair.score(weights, "real", tmp_path / "negatives", 0.5, out) == {"run": 3}
    assert pair.score(weights, "other", tmp_path / "negatives", 0.5, out) == {"run": 4}
    later = os.stat(out / "metrics.json").st_mtime + 10
    os.utime(weights["pose"], (later, later))
    assert pair.score(weights, "other", tmp_path / "negatives", 0.5, out) == {"run": 5}
