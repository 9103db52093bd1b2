"""A network that finds all at once learns from a pair, on the domain of dots.

The teacher is exact and no network; the student is a real one, which trains for a few steps.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, TASK_UTILS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.report import write_adaptation_report
from surgtools.adaptation.run import Adaptation
from surgtools.adaptation.settings import AdaptSettings, StageSettings
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.hosts.config_files import load_config
from surgtools.prediction.models import Models

CONFIGS = Path(__file__).resolve().parents[2] / "configs/one_stage"
SMALL = """\
_base_ = "{base}"
from surgtools.configs.pipelines import box_pipelines

train_pipeline, test_pipeline = box_pipelines(
    (96, 96), pack="PackOneStageInputs", annotations="raw_ann_info"
)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
"""


@pytest.fixture
def student(tmp_path):
    """RTMO for small pictures, untrained."""
    config, weights = tmp_path / "rtmo.py", tmp_path / "rtmo.pth"
    config.write_text(SMALL.format(base=CONFIGS / "rtmo-tiny_60e_instruments-416x416.py"))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(load_config(config).model)
    torch.save({"state_dict": model.state_dict(), "meta": {}}, weights)
    return Models(config, weights)


@pytest.fixture
def pair(dots, tmp_path, monkeypatch):
    """Files of two networks, in whose place dots are found."""

    class DotTeacher(dots.Finder):
        def __init__(self, score_floor=0.1, **_):
            super().__init__()
            self.score_floor = score_floor

        def signature(self):
            return "dots"

    TASK_UTILS.register_module(name="ExactDots", module=DotTeacher, force=True)
    monkeypatch.setattr(PairProposer, "of", lambda models, floor, *_: DotTeacher(floor))
    (tmp_path / "toy.py").write_text("a = 1\n")
    torch.save({"state_dict": {"w": torch.zeros(1)}, "meta": {}}, tmp_path / "toy.pth")
    return Models(*[tmp_path / "toy.py", tmp_path / "toy.pth"] * 2)


@pytest.fixture
def target(dots, tmp_path):
    """60 pictures of dots."""
    folder = tmp_path / "target"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(60):
        points = dots.shape(rng.uniform(0, 6.28), 0.4, rng.uniform(50, 70, 2))
        cv2.imwrite(str(folder / f"{number:03d}.png"), dots.draw(points))
    return folder


def settings(roles, **changes):
    short = dict(epochs=2, epoch_length=24, interval=1, num_workers=0, lr=1e-3, teacher="frozen")
    stage = StageSettings(**{**short, **changes})
    every = {"detector": stage, "pose": stage, "one_stage": stage}
    return AdaptSettings(**every, roles=roles, proposer="ExactDots", source_pictures=30)


@pytest.mark.slow
@pytest.mark.parametrize("labels", ["hard", "soft"])
def test_it_trains_on_what_the_pair_says_and_is_measured_like_a_pair(
    pair, student, target, dot_dataset, tmp_path, labels
):
    out = tmp_path / "out"
    asked = settings(student.roles, labels=labels)
    result = Adaptation([str(target)], out, dot_dataset, pair, asked, student=student).run()
    (stage,) = result.stages
    assert stage.role == "one_stage" and not stage.rounds[0]["objection"]
    made = read_json(out / "work/one_stage/pseudo_labels/round_001.json")
    assert len(made["annotations"]) >= 20
    assert ("keypoint_weights" in made["annotations"][0]) == (labels == "soft")
    names = [gate.name for gate in stage.gates]
    assert "instruments on erased frames" in names
    assert "source keypoint AP of needle_holder" in names

    def weights(path):
        return torch.load(path, weights_only=True)["state_dict"]

    before, learnt = weights(student.det_weights), weights(out / "work/one_stage/adapted.pth")
    layer = "head.head_module.out_pose.0.weight"
    assert not torch.equal(learnt[layer], before[layer]), "it has trained"
    kept = weights(out / "one_stage.pth")
    assert torch.equal(kept[layer], (learnt if stage.accepted else before)[layer])
    assert Models.find(out).is_one_stage and not (out / "pose.pth").exists()
    write_adaptation_report(result, out / "report.html")
    page = (out / "report.html").read_text()
    assert f"one_stage: {'accepted' if stage.accepted else 'rolled back'}" in page
    assert "Training batches of the one_stage" in page and "Not shown" not in page


def test_parts_of_one_network_cannot_be_adapted(pair, student, target, dot_dataset, tmp_path):
    with pytest.raises(InputError, match="detector cannot be .* that learn are one_stage"):
        Adaptation(
            [str(target)],
            tmp_path / "out",
            dot_dataset,
            pair,
            settings(("detector",)),
            student=student,
        )
    assert not (tmp_path / "out").exists()
