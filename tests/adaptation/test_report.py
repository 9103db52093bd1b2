"""The page of a run that was rolled back names the gate; pictures are those that changed.

Each training is shown with what its work folder holds, and the page says what is not there.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.guards.gates import Gate
from surgtools.adaptation.guards.pair_measures import PairMeasures
from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.proposals import Proposals, propose
from surgtools.adaptation.labels.selector import ALL_RULES
from surgtools.adaptation.report import write_adaptation_report
from surgtools.adaptation.result import AdaptResult, StageResult
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.hosts.config_files import load_config
from surgtools.prediction.models import Models
from surgtools.taxonomy import Category, Taxonomy

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture
def result(tmp_path, dots):
    """A run in ``tmp_path`` whose detector was rolled back; its work folder is not there."""
    (tmp_path / "in").mkdir()
    for number in range(110):
        points = dots.shape(number / 10, 0.4, (60, 60))
        cv2.imwrite(str(tmp_path / f"in/{number:03d}.png"), dots.draw(points))
    pool, _ = collect_frames([str(tmp_path / "in")], tmp_path / "pool")
    held = pool.indices(held_out=True)
    measures = [
        PairMeasures(
            propose(pool.read, held, finder, views=()),
            np.ones(len(held), bool),
            {"box AP of needle_holder": 0.5, "box AP of tweezers": None},
        )
        for finder in (dots.Finder(), dots.Finder(blind_from=0))
    ]
    facts = {
        "number": 1,
        "instances": {"needle_holder": 80, "tweezers": 0},
        "predicted_precision": 0.9,
        "frames": {"labelled": 80, "partly": 0, "doubtful": 1, "empty": 7},
        "rules": dict.fromkeys(("accepted", *ALL_RULES), 3),
        "objection": "",
    }
    gate = Gate("empty frames", 1.0, 0.05, True, "the adapted pair has gone blind")
    constant = PrecisionModel.fit({}, np.ones(8, bool))
    return AdaptResult(
        Models.in_folder(tmp_path),
        [StageResult("detector", False, str(gate), [gate], [facts])],
        facts,
        *measures,
        pool,
        SourceKnowledge({}, {"bbox_score": 0.4}, constant, {"pictures": 9}),
    )


def write_log(work, text):
    log = work / "20260101_000000/vis_data/scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(text)


def section(page, heading):
    return re.search(f"<h2>{heading}</h2>.*?</section>", page, re.DOTALL).group()


def test_page_says_what_was_decided_and_shows_it(tmp_path, result):
    write_adaptation_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "rolled back, the starting network stays: empty frames is 1.000" in page
    assert "<td>CLOSED</td>" in page and "the adapted pair has gone blind" in page
    assert page.count("data:image/jpeg") == 18 and "http://" not in page


@pytest.mark.parametrize("final", [2, 3], ids=["fewer_keypoints", "box_only"])
def test_networks_may_differ_about_the_category_of_a_frame(tmp_path, result, final):
    categories = Category(1, "clamp", ("a", "b", "c")), Category(2, "needle", ("a", "b"))
    taxonomy = Taxonomy("mixed", (*categories, Category(3, "swab")))

    def sees(*category_ids):
        count = len(category_ids)
        keypoints = np.full((count, 5, 2), np.nan)
        for index, category_id in enumerate(category_ids):
            keypoints[index, taxonomy.slots_of(category_id)] = 20
        return Proposals(
            frames=np.full(count, result.pool.indices(held_out=True)[0]),
            category_ids=np.array(category_ids),
            boxes=np.array([[10 * id, 0, 10 * id + 9, 40] for id in category_ids], dtype=float),
            scores=np.linspace(0.9, 0.8, count),
            keypoints=keypoints,
            keypoint_scores=np.ones(keypoints.shape[:2]),
            visible=np.ones(keypoints.shape[:2]),
            spread=np.zeros(keypoints.shape[:2]),
            num_frames=1,
            taxonomy=taxonomy,
        )

    result.start = replace(result.start, proposals=sees(1, 3))
    result.final = replace(result.final, proposals=sees(final, 3))
    write_adaptation_report(result, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().count("data:image/jpeg") == 18


def test_each_training_has_its_curves_batches_and_facts(tmp_path, result, drawn_dataset):
    result.stages.append(StageResult("pose", True, "all gates are open", [], []))
    data = {"ann_file": "train.json", "samples": 3, "sha256": "c0ffee"}
    configs = {
        "detector": "detection/rtmdet-tiny_60e_instruments-320x320.py",
        "pose": "pose/rtmpose-t_60e_instruments-256x256.py",
    }
    for seed, (role, name) in enumerate(configs.items(), start=41):
        work = tmp_path / "work" / role
        write_log(work, json.dumps({"lr": 0.1, "loss": 2.0, "step": 10}) + "\n")
        config = load_config(CONFIGS / name, data_root=drawn_dataset)
        replayed = config.train_dataloader.dataset
        pseudo = {"type": replayed.type, "pipeline": replayed.pipeline}
        config.train_dataloader.dataset = {
            "type": "SourceReplayDataset",
            "dataset": replayed,
            "pseudo": pseudo,
        }
        config.dump(work / f"{role}.py")
        # the round learnt from is the source's own labels
        rounds = work / "pseudo_labels"
        rounds.mkdir()
        labels = (drawn_dataset / "train/coco_keypoints.json").read_text()
        (rounds / "round_001.json").write_text(labels)
        meta = {"seed": seed, "command": f"surgtools adapt {role}", "data": [data]}
        content = {"state_dict": {"w": torch.ones(1)}, "meta": {"surgtools": meta}}
        torch.save(content, work / "adapted.pth")
    for picture in (drawn_dataset / "train/images").iterdir():
        (result.pool.images / picture.name).write_bytes(picture.read_bytes())
    write_adaptation_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    for role, labels in (("detector", "and of round 1"), ("pose", "no round was learnt from")):
        curves = section(page, f"Training of the {role}")
        assert curves.count("<svg") == 2 and ": 10 iterations." in curves
        batches = section(page, f"Training batches of the {role}")
        assert batches.count("data:image/jpeg") == 1 and labels in batches
    facts = section(page, "Data and environment")
    for cells in (
        ("detector: origin", "seed", "41"),
        ("pose: origin", "seed", "42"),
        ("pose: origin", "command", "surgtools adapt pose"),
        ("detector: data 1", "sha256", "c0ffee"),
    ):
        assert "".join(f"<td>{cell}</td>" for cell in cells) in facts


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (None, "holds no training log"),
        ("", "the training log holds no loss"),
        ('{"lr": 0.1, "lo', "the training log holds no loss"),
    ],
    ids=["none", "empty", "half-written"],
)
def test_a_training_that_left_nothing_has_a_page_that_says_so(tmp_path, result, log, said):
    if log is not None:
        write_log(tmp_path / "work/detector", log)
    write_adaptation_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    curves = section(page, "Training of the detector")
    assert "<svg" not in curves and said in curves
    assert "Not shown: " in section(page, "Training batches of the detector")
    assert "holds no checkpoint that can be read" in section(page, "Data and environment")
