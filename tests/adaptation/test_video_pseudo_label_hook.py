"""The hook in a real Runner: what it changes, that it resumes exactly, what it refuses.

Toy domain: a sample is one number. Source samples are near 0, the target's pictures are bright,
and the "student" learns the mean of what it is shown; so its parameter tells what it learnt from.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, MODELS, TASK_UTILS
from mmengine.runner import Runner
from torch.utils.data import Dataset

from surgtools.adaptation import (
    source_replay_dataset,  # noqa: F401
    video_pseudo_label_hook,  # noqa: F401
)
from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.moving_average import find_ema
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.prediction.results import Instance
from surgtools.prediction.views import UPRIGHT
from surgtools.taxonomy import SURGICAL

SHAPE = np.array([(30.0, 30), (20, 50), (28, 10), (40, 50), (32, 10)])
LEARNT = 40
"""Pictures of the pool that are not held out."""


@DATASETS.register_module(force=True)
class ToyNumbers(Dataset):
    """Source: 40 zeros. With ``ann_file``: one sample of value 1 per annotation."""

    METAINFO = {"classes": ("a",)}

    def __init__(self, ann_file="", data_root="", data_prefix=None):
        self.metainfo = self.METAINFO
        rows = read_json(ann_file)["annotations"] if ann_file else [None] * 40
        self.values = [0.0 if row is None else 1.0 for row in rows]

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        noise = 0.01 * np.random.randn() + 0.01 * torch.randn(1).item()
        return {"inputs": torch.tensor([self.values[index] + noise], dtype=torch.float32)}


@MODELS.register_module(force=True)
class ToyStudent(BaseModel):
    """Batch norm for its buffers, dropout for its random numbers, one weight that learns."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(1, affine=False, momentum=0.5)
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode="tensor"):
        values = torch.stack(inputs) if isinstance(inputs, list) else inputs
        self.norm(values)
        noise = 0.01 * torch.randn(1)
        return {"loss": ((self.weight - values + noise) ** 2).mean()}


@TASK_UTILS.register_module(force=True)
class ToyProposer:
    """One needle holder per picture; its score follows the adopted teacher's weight."""

    taxonomy = SURGICAL
    score_floor = 0.1

    def __init__(self, score=0.5):
        self.score = score

    def signature(self):
        return f"toy {self.score}"

    def adopt(self, role, model):
        self.score = 0.5 + 0.4 * float(torch.tanh(model.weight))

    def predict_views(self, images, boxes=None, views=(UPRIGHT,)):
        seen = [self(images) for _ in views]
        return [list(own) for own in zip(*seen, strict=True)]

    def __call__(self, images):
        return [
            [
                Instance(
                    category_id=1,
                    bbox=np.array([15.0, 5, 45, 55]),
                    bbox_score=self.score,
                    keypoints=SHAPE,
                    keypoint_scores=np.full(5, 0.9),
                    keypoint_visible=np.ones(5),
                )
            ]
            for _ in images
        ]


@pytest.fixture
def parts(tmp_path):
    """Pool of 60 pictures and source knowledge that trusts scores from 0.4."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(60):
        image = rng.integers(0, 255, (60, 60, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    collect_frames([str(folder)], tmp_path / "pool")
    constant = PrecisionModel.fit({}, np.ones(98, dtype=bool))
    knowledge = SourceKnowledge({}, {"bbox_score": 0.4, "keypoint": 0.5}, constant, {})
    knowledge.write(tmp_path / "knowledge.json")
    return tmp_path


def config(parts, work_dir, hook=True, epochs=4, workers=0, **options):
    hooks = [{"type": "EMAHook", "momentum": 0.1, "update_buffers": True}]
    if hook:
        hooks.append(
            {
                "type": "VideoPseudoLabelHook",
                "role": "pose",
                "proposer": {"type": "ToyProposer"},
                "knowledge": str(parts / "knowledge.json"),
                "pool": str(parts / "pool"),
                **options,
            }
        )
    return Config(
        {
            "model": {"type": "ToyStudent"},
            "train_dataloader": {
                "batch_size": 4,
                "num_workers": workers,
                "persistent_workers": workers > 0,
                "sampler": {"type": "DefaultSampler", "shuffle": True},
                "dataset": {
                    "type": "SourceReplayDataset",
                    "dataset": {"type": "ToyNumbers"},
                    "pseudo": {"type": "ToyNumbers"},
                    "pseudo_share": 0.5,
                },
            },
            "train_cfg": {"by_epoch": True, "max_epochs": epochs},
            "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.05}},
            "custom_hooks": hooks,
            "default_hooks": {"checkpoint": {"type": "CheckpointHook", "interval": 1}},
            "work_dir": str(work_dir),
            "experiment_name": f"toy_{np.random.default_rng().integers(1 << 60)}",
            "randomness": {"seed": 0},
            "log_level": "ERROR",
        }
    )


def train(settings):
    runner = Runner.from_cfg(settings)
    runner.train()
    return runner


def rounds(work_dir):
    files = sorted((work_dir / "pseudo_labels").glob("round_*.json"))
    return {file.name: file.read_text() for file in files}


def test_student_learns_from_the_target_and_without_the_hook_it_does_not(parts):
    with_hook = train(config(parts, parts / "a"))
    without = train(config(parts, parts / "b", hook=False))
    # half of the samples are 1, half 0; without the hook all are 0
    assert with_hook.model.weight.item() > 0.3
    assert abs(without.model.weight.item()) < 0.05
    assert with_hook.iter == without.iter == 4 * 10, "the epoch length is that of the source"


def test_every_round_is_coco_with_reasons(parts):
    train(config(parts, parts / "a", epochs=2))
    content = json.loads(rounds(parts / "a")["round_002.json"])
    assert content["info"]["round"]["instances"]["needle_holder"] == LEARNT
    assert content["info"]["round"]["predicted_precision"] == pytest.approx(0.99)
    first = content["annotations"][0]
    assert first["bbox"] == pytest.approx([15, 5, 30, 50], abs=1) and first["num_keypoints"] == 5
    held_out = {f.file_name for f in collect_frames([], parts / "pool")[0].frames if f.held_out}
    assert not held_out & {image["file_name"] for image in content["images"]}


def test_a_round_with_nothing_accepted_replays_the_source_only(parts):
    runner = train(
        config(
            parts, parts / "a", teacher="frozen", proposer={"type": "ToyProposer", "score": 0.3}
        )
    )
    assert abs(runner.model.weight.item()) < 0.05
    content = json.loads(rounds(parts / "a")["round_001.json"])
    assert content["annotations"] == [] and len(content["rejected"]) == LEARNT
    assert content["rejected"][0]["reason"] == "bbox_score: bbox_score 0.3 is below 0.4"


def test_ema_teacher_moves_with_the_student_and_a_frozen_one_speaks_once(parts):
    train(config(parts, parts / "a", epochs=3))
    scores = [json.loads(text)["annotations"][0]["score"] for text in rounds(parts / "a").values()]
    assert len(scores) == 3 and scores[0] < scores[1] < scores[2]
    train(config(parts, parts / "b", epochs=3, teacher="frozen"))
    assert list(rounds(parts / "b")) == ["round_001.json"]


def test_schedule_begin_and_interval(parts):
    runner = train(config(parts, parts / "a", epochs=5, begin=1, interval=2))
    assert list(rounds(parts / "a")) == ["round_001.json", "round_002.json"]
    hook = next(h for h in runner.hooks if hasattr(h, "round_of"))
    assert [hook.round_of(epoch) for epoch in range(6)] == [0, 1, 1, 2, 2, 3]


def test_persistent_workers_see_every_round(parts):
    alone, workers = (train(config(parts, parts / f"w{n}", workers=n)) for n in (0, 2))
    assert rounds(parts / "w0") == rounds(parts / "w2")
    torch.testing.assert_close(alone.model.weight, workers.model.weight, rtol=0, atol=0)


@pytest.mark.parametrize("workers", [0, 1])
def test_resumed_run_is_bit_for_bit_the_undisturbed_one(parts, workers):
    whole = train(config(parts, parts / "whole", epochs=4, workers=workers))

    class Killed(Exception):
        pass

    settings = config(parts, parts / "cut", epochs=4, workers=workers)
    runner = Runner.from_cfg(settings)
    hook = next(h for h in runner.hooks if hasattr(h, "round_of"))
    label = hook._label

    def killed_in_third_round(runner, number):
        if number == 3:
            raise Killed
        label(runner, number)

    hook._label = killed_in_third_round
    with pytest.raises(Killed):
        runner.train()
    settings = config(parts, parts / "cut", epochs=4, workers=workers)
    settings.resume = True
    resumed = train(settings)
    assert rounds(parts / "cut") == rounds(parts / "whole")
    assert resumed.iter == whole.iter
    torch.testing.assert_close(
        resumed.model.state_dict(), whole.model.state_dict(), rtol=0, atol=0
    )
    torch.testing.assert_close(
        find_ema(resumed).state_dict(), find_ema(whole).state_dict(), rtol=0, atol=0
    )


CALLS_PER_ROUND = 12
"""40 frames in batches of 16, each seen upright and in three further views."""


def train_until_killed(parts: str) -> None:
    """In a process of its own: SIGKILL amid the labels of the third round."""

    @TASK_UTILS.register_module(force=True)
    class DyingProposer(ToyProposer):
        calls = 0

        def __call__(self, images):
            self.calls += 1
            if self.calls == 2 * CALLS_PER_ROUND + CALLS_PER_ROUND // 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(images)

    folder = Path(parts)
    train(config(folder, folder / "cut", proposer={"type": "DyingProposer"}))


@pytest.mark.slow
def test_kill_9_amid_a_round_and_resume_equal_an_undisturbed_run(parts):
    whole = train(config(parts, parts / "whole"))
    script = "import runpy, sys; runpy.run_path(sys.argv[1])['train_until_killed'](sys.argv[2])"
    died = subprocess.run([sys.executable, "-c", script, __file__, str(parts)])
    assert died.returncode == -signal.SIGKILL
    assert list(rounds(parts / "cut")) == ["round_001.json", "round_002.json"]
    settings = config(parts, parts / "cut")
    settings.resume = True
    resumed = train(settings)
    assert rounds(parts / "cut") == rounds(parts / "whole") and len(rounds(parts / "cut")) == 4
    assert resumed.iter == whole.iter
    torch.testing.assert_close(
        find_ema(resumed).state_dict(), find_ema(whole).state_dict(), rtol=0, atol=0
    )


def test_a_stale_round_of_another_teacher_is_made_anew(parts):
    train(config(parts, parts / "a", epochs=1))
    path = parts / "a/pseudo_labels/round_001.json"
    good, stale = path.read_text(), read_json(path)
    stale["info"]["round"]["teacher_digest"] = "another"
    stale["annotations"] = []
    path.write_text(json.dumps(stale))
    train(config(parts, parts / "a", epochs=1))
    assert path.read_text() == good


def labelled_by(monkeypatch):
    """Names of the round files that are written from now on."""
    written, write = [], video_pseudo_label_hook.write_round
    monkeypatch.setattr(
        video_pseudo_label_hook,
        "write_round",
        lambda builder, rejected, path: (
            written.append(path.name),
            write(builder, rejected, path),
        ),
    )
    return written


def weak(score):
    return {"type": "ToyProposer", "score": score}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"labels": "hard"}, {"labels": "soft"}),
        ({}, {"without": ["bbox_score"]}),
        ({}, {"max_class_ratio": 1.5}),
        ({}, {"seed": 1}),
        ({}, {"min_instances": 500}),
        ({"teacher": "frozen"}, {"teacher": "frozen", "proposer": weak(0.3)}),
        ({}, {"proposer": weak(0.3)}),
    ],
)
def test_a_round_of_other_settings_is_made_anew(parts, monkeypatch, before, after):
    train(config(parts, parts / "a", epochs=1, **before))
    written = labelled_by(monkeypatch)
    train(config(parts, parts / "a", epochs=1, **after))
    assert written == ["round_001.json"]
    train(config(parts, parts / "b", epochs=1, **after))
    assert rounds(parts / "a") == rounds(parts / "b")


def raise_threshold(parts):
    content = read_json(parts / "knowledge.json")
    content["thresholds"]["bbox_score"] = 0.6
    (parts / "knowledge.json").write_text(json.dumps(content))


def redraw_picture(parts):
    picture = sorted((parts / "pool/images").iterdir())[7]
    cv2.imwrite(str(picture), np.zeros((60, 60, 3), np.uint8))


def hold_out_others(parts):
    pool = FramePool.load(parts / "pool")
    pool.holding_out([pool.frames[0].group]).write()


def change_reference(parts):
    (parts / "reference.json").write_text((parts / "reference.json").read_text() + " ")


@pytest.mark.parametrize(
    "change", [raise_threshold, redraw_picture, hold_out_others, change_reference]
)
def test_a_round_of_other_files_is_made_anew(parts, change):
    train(config(parts, parts / "first", epochs=1))
    (parts / "reference.json").write_text(rounds(parts / "first")["round_001.json"])
    settings = {"epochs": 1, "reference": str(parts / "reference.json")}
    train(config(parts, parts / "a", **settings))
    stale = rounds(parts / "a")
    change(parts)
    train(config(parts, parts / "a", **settings))
    train(config(parts, parts / "b", **settings))
    assert rounds(parts / "a") == rounds(parts / "b") != stale


@pytest.mark.parametrize("teacher", ["ema", "frozen"])
def test_the_same_run_again_and_a_resumed_one_use_their_rounds_again(parts, monkeypatch, teacher):
    settings = {"epochs": 1, "interval": 2, "teacher": teacher}
    train(config(parts, parts / "a", **settings))
    made, written = rounds(parts / "a"), labelled_by(monkeypatch)
    train(config(parts, parts / "a", **settings))
    resumed = config(parts, parts / "a", **settings | {"epochs": 2})
    resumed.resume = True
    assert train(resumed).epoch == 2
    assert rounds(parts / "a") == made and written == []


def test_a_run_resumed_amid_a_round_with_other_settings_labels_anew(parts, monkeypatch):
    settings = {"epochs": 1, "interval": 2}
    train(config(parts, parts / "a", **settings))
    written = labelled_by(monkeypatch)
    resumed = config(parts, parts / "a", **settings | {"epochs": 2, "labels": "soft"})
    resumed.resume = True
    train(resumed)
    facts = read_json(parts / "a/pseudo_labels/round_001.json")["info"]["round"]
    assert written == ["round_001.json"] and facts["labels"] == "soft"


def test_a_refused_round_does_not_fall_back_to_one_of_other_settings(parts):
    """Round 2 is refused; round 1 lies there, but was asked for fewer instances."""
    train(config(parts, parts / "a", epochs=1))
    settings = config(parts, parts / "a", epochs=2, min_instances=500)
    settings.resume = True
    runner = train(settings)
    assert list(rounds(parts / "a")) == ["round_001.json", "round_002.json"]
    assert runner.message_hub.get_scalar("train/pseudo_round").current() == 0


def test_a_round_that_contradicts_the_starting_models_is_not_learnt_from(parts):
    train(config(parts, parts / "a", epochs=1, teacher="frozen"))
    reference = read_json(parts / "a/pseudo_labels/round_001.json")
    for row in reference["annotations"]:
        row["keypoints"] = (np.array(row["keypoints"]).reshape(5, 3)[[0, 2, 1, 4, 3]]).ravel()
        row["keypoints"] = row["keypoints"].tolist()
    (parts / "other.json").write_text(json.dumps(reference))
    runner = train(config(parts, parts / "b", reference=str(parts / "other.json")))
    assert abs(runner.model.weight.item()) < 0.05
    facts = read_json(parts / "b/pseudo_labels/round_001.json")["info"]["round"]
    refused = [gate["name"] for gate in facts["gates"] if not gate["open"]]
    assert refused == ["labels that agree with the starting model"]
    same = str(parts / "a/pseudo_labels/round_001.json")
    assert train(config(parts, parts / "c", reference=same)).model.weight.item() > 0.3


def test_a_teacher_that_took_the_first_look_is_not_asked_again(parts):
    """Only its signature tells: here the look holds labels that this proposer never gives."""
    pool = FramePool.load(parts / "pool")
    look = propose(pool.read, range(len(pool)), ToyProposer(score=0.77), views=())
    look.statistics["bbox_score"] = look.scores
    FirstLook(add_statistics(look, {}), "toy 0.5").write(parts / "look.npz")
    options = {"teacher": "frozen", "first_look": str(parts / "look.npz")}
    train(config(parts, parts / "a", epochs=1, **options))
    made = json.loads(rounds(parts / "a")["round_001.json"])
    assert {row["score"] for row in made["annotations"]} == {0.77}
    assert len(made["annotations"]) == LEARNT, "held-out frames are left out"
    other = {"type": "ToyProposer", "score": 0.6}
    train(config(parts, parts / "b", epochs=1, proposer=other, **options))
    made = json.loads(rounds(parts / "b")["round_001.json"])
    assert {row["score"] for row in made["annotations"]} == {0.6}


def test_ema_teacher_carries_buffers(parts):
    runner = train(config(parts, parts / "a", epochs=2))
    mean = find_ema(runner).norm.running_mean
    assert abs(mean.item()) > 0.1, "buffers left at their start would be 0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "judge"}, "role 'judge' given; detector or pose or one_stage is expected"),
        ({"role": "one_stage"}, "one-stage network learns from a pair; set teacher='frozen'"),
        ({"teacher": "wise"}, "teacher 'wise' given; ema or frozen"),
        ({"labels": "firm"}, "labels 'firm' given; hard or soft"),
        ({"interval": 0}, "interval 0 given"),
        ({"without": ["luck"]}, "rule 'luck' is unknown; the rules are bbox_score"),
        ({"pool": "nowhere"}, "nowhere/frames.json: no such file"),
    ],
)
def test_configs_that_cannot_work_are_one_line(parts, change, message):
    with pytest.raises((InputError, RuntimeError), match=message):
        train(config(parts, parts / "a", epochs=1, **change))


def test_missing_or_bufferless_ema_and_unwrapped_data_are_one_line(parts):
    settings = config(parts, parts / "a")
    settings.custom_hooks[0]["update_buffers"] = False
    with pytest.raises(InputError, match="update_buffers=True"):
        train(settings)
    settings = config(parts, parts / "b")
    del settings.custom_hooks[0]
    with pytest.raises(InputError, match="needs EMAHook in custom_hooks"):
        train(settings)
    settings = config(parts, parts / "c")
    settings.train_dataloader.dataset = {"type": "ToyNumbers"}
    with pytest.raises(InputError, match="found a ToyNumbers .* wrap it in SourceReplayDataset"):
        train(settings)
