"""The whole run on the domain of dots: accepted, rolled back, refused, gone on with.

The networks are toys in real runners: the trained weight of a stage says what its teacher taught,
and the pair built from it behaves well or badly accordingly. Everything else is the real thing.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, MODELS, TASK_UTILS
from mmengine.runner import Runner
from torch.utils.data import Dataset

import surgtools.register  # noqa: F401
from surgtools.adaptation import run as adaptation
from surgtools.adaptation import video_pseudo_label_hook
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.labels.selector import ALL_RULES
from surgtools.adaptation.report import write_adaptation_report
from surgtools.adaptation.run import Adaptation
from surgtools.adaptation.settings import AdaptSettings, StageSettings
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.prediction.models import Models
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.thresholds import Thresholds
from surgtools.taxonomy import SURGICAL, Category, Taxonomy

HARM = {"none": None}
"""What a network does after it has learnt something; the tests set it."""

WORLD = {"taxonomy": SURGICAL}
"""What the networks were trained for."""

TOYS = Taxonomy(
    "toys",
    (
        Category(
            90,
            "cross",
            ("pin", "left_low", "left_high", "right_low", "right_high"),
            swaps=(("left_low", "right_low"), ("left_high", "right_high")),
            image_sides=True,
            base=("left_low", "right_low"),
            tips=("left_high", "right_high"),
        ),
        Category(0, "plate"),
    ),
)
"""The needle holder by other names, and a box around its pin, which has no keypoints."""


def plate_at(pin) -> np.ndarray:
    """(4,) xyxy."""
    return np.array([*(pin - 8), *(pin + 8)])


CONFIG = """
model = dict(type="DotStudent")
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(type="DotSet", data_root="", ann_file="train/coco_keypoints.json", pipeline=[]),
)
train_cfg = dict(by_epoch=True, max_epochs=1)
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.1))
default_hooks = dict(checkpoint=dict(type="CheckpointHook"))
visualizer = dict(
    type="Visualizer", name="visualizer", vis_backends=[dict(type="LocalVisBackend")]
)
"""


@DATASETS.register_module(force=True)
class DotSet(Dataset):
    """One number per annotation: 0 in the source, 1 in a round of pseudo-labels."""

    metainfo = {"classes": ("needle_holder", "tweezers")}

    def __init__(self, ann_file, data_root="", data_prefix=None, pipeline=()):
        path = ann_file if data_prefix else f"{data_root}/{ann_file}"
        self.value = 1.0 if data_prefix else 0.0
        self.count = len(read_json(path)["annotations"])

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return {"inputs": torch.tensor([self.value])}


@MODELS.register_module(force=True)
class DotStudent(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode="tensor"):
        return {"loss": ((self.weight - torch.stack(list(inputs))) ** 2).mean()}


class DotPair(Predictor):
    """Stands where ``PairProposer`` does: finds dots, harmed when its weights have learnt."""

    def __init__(self, finder, det_weights, score_floor, **_):
        learnt = torch.load(det_weights, weights_only=True)["state_dict"]["weight"].item() > 0.1
        thresholds = Thresholds(score_floor, place=1.0, doubtful=1.0)
        super().__init__(None, None, thresholds, taxonomy=WORLD["taxonomy"])
        self.finder, self.score_floor = finder, score_floor
        self.harm = HARM["kind"] if learnt else None

    def adopt(self, role, model):
        """The toys are the same before and after."""

    def signature(self):
        return "honest dots"

    def predict_view(self, images, boxes=None, views=()):
        found = self.finder.predict_view(images)
        if self.taxonomy is TOYS:
            none = np.zeros(0)
            crosses = [[i.changed(category_id=90, taxonomy=TOYS) for i in row] for row in found]
            plate = (0.9, none.reshape(0, 2), none, none)
            found = [
                [
                    *row,
                    *(Instance(0, plate_at(i.keypoints[0]), *plate, taxonomy=TOYS) for i in row),
                ]
                for row in crosses
            ]
        if self.harm == "blind":
            return [[] for _ in images]
        if self.harm == "everywhere":
            ones = np.ones(5)
            points = np.array([(9.0, 9), (5, 15), (8, 3), (13, 15), (10, 3)])
            ghost = Instance(1, np.array([2.0, 2, 16, 18]), 0.9, points, ones, ones)
            return [[*row, ghost] for row in found]
        if self.harm == "shifted":
            return [[i.changed(keypoints=i.keypoints + 30) for i in row] for row in found]
        return found


@pytest.fixture
def parts(dot_dataset, dots, tmp_path, monkeypatch):
    """Function of settings to an ``Adaptation`` on 110 pictures, 22 of them empty."""
    folder = tmp_path / "target"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(110):
        points = dots.shape(rng.uniform(0, 6.28), 0.4, rng.uniform(50, 70, 2))
        image = dots.draw(points if number % 5 else np.zeros((0, 2)))
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    (tmp_path / "toy.py").write_text(CONFIG)
    torch.save({"state_dict": DotStudent().state_dict(), "meta": {}}, tmp_path / "toy.pth")
    finder = dots.Finder()

    @TASK_UTILS.register_module(force=True)
    class DotTeacher(DotPair):
        signature = staticmethod(lambda: "a teacher of its own, asked in every round")

        def __init__(self, **options):
            super().__init__(finder, **options)

    def proposer(models, score_floor, device, trust, zoom, engine):
        return DotPair(finder, models.det_weights, score_floor)

    monkeypatch.setattr(PairProposer, "of", proposer)
    HARM["kind"] = None
    monkeypatch.setitem(WORLD, "taxonomy", SURGICAL)
    files = (tmp_path / "toy.py", tmp_path / "toy.pth")

    def build(targets=(str(folder),), out=tmp_path / "out", tell=None, stage=(), **changes):
        short = {"epochs": 2, "epoch_length": 40, "interval": 1, "num_workers": 0}
        stage = StageSettings(**{**short, "lr": 0.1, "ema_momentum": 0.3, **dict(stage)})
        settings = AdaptSettings(
            **{
                "detector": stage,
                "pose": stage,
                "roles": ("detector",),
                "proposer": "DotTeacher",
                "source_pictures": 30,
                **changes,
            }
        )
        extra = (tell,) if tell else ()
        return Adaptation(targets, out, dot_dataset, Models(*files, *files), settings, *extra)

    return build


def test_a_harmless_run_is_accepted_and_written_whole(parts, tmp_path):
    steps = []
    result = parts(tell=lambda *step: steps.append(step[0])).run()
    assert result.accepted and result.stages[0].reason == "all gates are open"
    weights = torch.load(tmp_path / "out/detector.pth", weights_only=True)["state_dict"]
    assert weights["weight"].item() > 0.1, "the student has learnt from the target"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        *("detector.py", "detector.pth", "pose.py", "pose.pth", "adapt.json", "work"),
    }
    assert {"detector: labelling", "detector: training", "first look at the target"} <= set(steps)
    write_adaptation_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "detector: accepted" in page and "data:image/jpeg" in page
    assert ": 20 iterations." in page and page.count("<svg") == 2
    assert "a DotSet has no pipeline whose samples can be drawn" in page


@pytest.mark.parametrize(
    ("harm", "gate"),
    [
        ("blind", "frames with a lost instrument"),
        ("everywhere", "instruments on erased frames"),
        ("shifted", "frames with a lost instrument"),
    ],
)
def test_a_harmful_run_is_rolled_back_with_its_reason(parts, tmp_path, harm, gate):
    HARM["kind"] = harm
    result = parts().run()
    assert not result.accepted and gate in result.stages[0].reason
    weights = torch.load(tmp_path / "out/detector.pth", weights_only=True)["state_dict"]
    assert weights["weight"].item() == 0, "the starting network is what is handed out"
    facts = read_json(tmp_path / "out/adapt.json")
    assert facts["accepted"] is False and facts["source"]["start"] == facts["source"]["final"]


def test_what_is_handed_over_is_half_of_what_was(parts, tmp_path):
    learnt = {}
    for share in (0.5, 0.0):
        out = tmp_path / f"kept {share}"
        assert parts(out=out, stage={"start_share": share}).run().accepted
        checkpoint = torch.load(out / "detector.pth", weights_only=True)
        learnt[share] = checkpoint["state_dict"]["weight"].item()
        named = checkpoint["meta"].get("surgtools", {}).get("mean_of", [])
        assert len(named) == (2 if share else 0)
    assert learnt[0.0] > 0
    # the starting weight is 0
    assert learnt[0.5] == pytest.approx(0.5 * learnt[0.0])


def test_a_network_that_learnt_from_no_round_is_not_measured(parts, monkeypatch):
    doubted = {"gates": [], "objection": "doubted"}
    monkeypatch.setattr(video_pseudo_label_hook, "judge_round", lambda *_: doubted)
    steps = []
    result = parts(tell=lambda *step: steps.append(step[0])).run()
    assert not result.accepted and "no round of labels could be learnt from (doubted)" in (
        result.stages[0].reason
    )
    assert "measuring the starting pair" in steps and "measuring the adapted detector" not in steps


def test_nothing_to_learn_from_is_one_line_and_no_model(parts, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for number in range(110):
        cv2.imwrite(str(empty / f"{number}.png"), np.full((60, 60, 3), number, np.uint8))
    with pytest.raises(InputError, match="0 labels .*nothing was proposed.*nothing was changed"):
        parts(targets=[str(empty)], out=tmp_path / "no").run()
    assert not list((tmp_path / "no").glob("*.pth"))
    assert parts(out=tmp_path / "no").run().accepted, "a corrected command has the folder"


def test_sources_that_are_refused_do_not_lock_the_folder(parts, tmp_path):
    (tmp_path / "zero.mp4").touch()
    with pytest.raises(InputError, match="no usable frame"):
        parts(targets=[str(tmp_path / "zero.mp4")]).run()
    assert parts().run().accepted


class Killed(BaseException):
    """Not an error that anything handles."""


def leave_no_trace(work_dir):
    """The second checkpoint was about to be written."""


def cut_second(work_dir):
    """The host's way: written in place."""
    content = (work_dir / "epoch_1.pth").read_bytes()
    (work_dir / "epoch_2.pth").write_bytes(content[: len(content) // 2])
    (work_dir / "last_checkpoint").write_text(str(work_dir / "epoch_2.pth"))


def cut_all(work_dir):
    """Nothing can be gone on from."""
    cut_second(work_dir)
    (work_dir / "epoch_1.pth").write_bytes((work_dir / "epoch_2.pth").read_bytes())
    (work_dir / ".part-x.pth").touch()


@pytest.mark.parametrize(
    ("left", "first_step"), [(leave_no_trace, 11), (cut_second, 11), (cut_all, 1)]
)
def test_a_kill_while_a_checkpoint_is_saved(parts, tmp_path, monkeypatch, left, first_step):
    save = Runner.save_checkpoint

    def dying(self, out_dir, filename, *args, **options):
        if filename == "epoch_2.pth":
            raise Killed
        save(self, out_dir, filename, *args, **options)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Runner, "save_checkpoint", dying)
        parts(out=tmp_path / "cut").run()
    left(tmp_path / "cut/work/detector")
    steps = []
    parts(out=tmp_path / "cut", tell=lambda *step: steps.append(step)).run()
    trained = [done for what, done, _ in steps if what == "detector: training"]
    assert trained[0] == first_step and trained[-1] == 20
    parts(out=tmp_path / "whole").run()
    ends = [
        torch.load(tmp_path / name / "detector.pth", weights_only=True)["state_dict"]["weight"]
        for name in ("cut", "whole")
    ]
    torch.testing.assert_close(*ends, rtol=0, atol=0)
    assert not list((tmp_path / "cut/work/detector").glob(".part-*"))


def test_a_finished_run_is_not_repeated_and_another_setting_is_refused(parts):
    parts().run()
    steps = []
    again = parts(tell=lambda *step: steps.append(step[0])).run()
    assert again.accepted and not any("training" in step for step in steps)
    with pytest.raises(InputError, match="holds a run with other targets, models or settings"):
        parts(seed=3).run()


def test_a_run_goes_on_from_its_own_copies(parts, tmp_path):
    run = parts()
    run.run()
    (tmp_path / "toy.pth").unlink()
    (tmp_path / "toy.py").unlink()
    # what can change no result may be another
    assert parts(stage={"num_workers": 1}, device="cpu").run().accepted
    with pytest.raises(InputError, match="toy.pth: no such checkpoint file"):
        parts(out=tmp_path / "anew")


def test_source_without_labels_is_refused_before_anything_is_written(parts, tmp_path):
    run = parts()
    with pytest.raises(InputError, match="has no train/coco_keypoints.json"):
        Adaptation(run.targets, tmp_path / "x", tmp_path, run.teacher, run.settings)
    assert not (tmp_path / "x").exists()


def test_a_rule_that_is_left_out_is_left_out_of_every_judgement(parts, tmp_path):
    judged = parts(out=tmp_path / "judged").run()
    assert judged.reference["rules"]["accepted"] < sum(judged.reference["rules"].values())
    assert not judged.start.trusted.all()
    result = parts(stage={"without": ALL_RULES}).run()
    for facts in (result.reference, *result.stages[0].rounds):
        assert facts["rules"]["accepted"] == sum(facts["rules"].values()) > 0
    assert result.start.trusted.all()


def test_another_student_learns_from_the_frozen_pair(parts, tmp_path):
    torch.save({"state_dict": DotStudent().state_dict(), "meta": {}}, tmp_path / "small.pth")
    run = parts(stage={"teacher": "frozen"})
    student = run.teacher.with_part("detector", tmp_path / "toy.py", tmp_path / "small.pth")
    result = Adaptation(
        run.targets, tmp_path / "out", run.source, run.teacher, run.settings, student=student
    ).run()
    assert result.accepted
    start = read_json(tmp_path / "out/work/settings.json")
    assert start["student"]["det_weights"].endswith("small.pth")
    assert len(result.stages[0].rounds) == 1, "a frozen teacher says everything once"
    with pytest.raises(InputError, match="needs teacher='frozen'"):
        moving = parts(out=tmp_path / "b")
        Adaptation(
            moving.targets,
            moving.out,
            moving.source,
            run.teacher,
            moving.settings,
            student=student,
        )


def test_further_teachers_say_all_once_and_the_round_names_them(parts, tmp_path):
    torch.save({"state_dict": DotStudent().state_dict(), "meta": {}}, tmp_path / "small.pth")
    run = parts(stage={"teacher": "frozen"})
    other = run.teacher.with_part("detector", tmp_path / "toy.py", tmp_path / "small.pth")
    asked = (run.targets, tmp_path / "out", run.source, run.teacher, run.settings)
    result = Adaptation(*asked, student=other, further=[other]).run()
    assert result.accepted
    work = tmp_path / "out/work"
    told = [work / "teacher_2" / name for name in ("knowledge.json", "first_look.npz", "pose.pth")]
    times = [path.stat().st_mtime_ns for path in told]
    content = read_json(work / "detector/pseudo_labels/round_001.json")
    assert len(content["info"]["round"]["made_from"]["further"]) == 1
    lost = [row for row in content["rejected"] if "another teacher" in row["reason"]]
    assert lost, "both find the same dots, so one of two answers goes"
    assert read_json(work / "settings.json")["further"][0]["det_weights"].endswith("small.pth")
    Adaptation(*asked, student=other, further=[other]).run()
    assert [path.stat().st_mtime_ns for path in told] == times
    with pytest.raises(InputError, match="further"):
        Adaptation(*asked, student=other).run()
    with pytest.raises(InputError, match="needs teacher='frozen'"):
        moving = parts(out=tmp_path / "b")
        Adaptation(
            moving.targets, moving.out, moving.source, other, moving.settings, further=[other]
        )


@pytest.mark.parametrize(("teacher_makes_up", "accepted"), [(0.5, True), (0.0, False)])
def test_what_a_student_of_few_pixels_may_make_up(parts, monkeypatch, teacher_makes_up, accepted):
    """It starts nearly blind, so its own rate is 0; trained, it makes up instruments on half."""
    rates, seen = iter([teacher_makes_up, 0.0, 0.5]), []
    real = adaptation.measure_pair

    def measured(*args):
        seen.append(args[8])  # factors
        return replace(real(*args), made_up=next(rates))

    monkeypatch.setattr(adaptation, "measure_pair", measured)
    result = parts(stage={"teacher": "frozen", "low_resolution": (1, 1.5)}).run()
    assert seen == [(), (1, 1.5), (1, 1.5)], "the teacher sees full pictures, students do not"
    assert result.accepted == accepted
    if not accepted:
        assert "source pictures with an instrument out of nothing" in result.stages[0].reason


def test_a_pair_of_another_taxonomy_is_adapted(parts, dot_dataset, tmp_path):
    WORLD["taxonomy"] = TOYS
    for split in ("train", "val"):
        path = dot_dataset / split / "coco_keypoints.json"
        content = read_json(path)
        crosses = [row | {"category_id": 90} for row in content["annotations"]]
        plates = [
            {
                **{"id": 1000 + row["id"], "image_id": row["image_id"], "category_id": 0},
                "bbox": [*(np.array(row["keypoints"][:2]) - 8).tolist(), 16, 16],
                "area": 256,
            }
            for row in crosses
        ]
        tables = {"categories": TOYS.to_coco_categories(), "annotations": crosses + plates}
        write_json(path, content | tables)
    meta = {"dataset_meta": {"taxonomy": TOYS.to_dict()}}
    torch.save({"state_dict": DotStudent().state_dict(), "meta": meta}, tmp_path / "toy.pth")
    result = parts().run()
    assert result.accepted, result.stages[0].reason
    assert list(result.knowledge.shapes) == [90], "a box has no shape"
    scores = result.start.source
    assert scores["keypoint AP of cross"] > 0.9 and scores["box AP of plate"] > 0.9
    (first, *_) = result.stages[0].rounds
    assert first["instances"]["cross"] > 20 and first["instances"]["plate"] > 20
    written = read_json(tmp_path / "out/work/detector/pseudo_labels/round_001.json")
    assert written["categories"] == TOYS.to_coco_categories()
    page = tmp_path / "report.html"
    write_adaptation_report(result, page)
    assert "<th>cross</th>" in page.read_text()


def test_a_source_of_other_categories_is_refused_before_anything_runs(parts, tmp_path):
    meta = {"dataset_meta": {"taxonomy": TOYS.to_dict()}}
    torch.save({"state_dict": DotStudent().state_dict(), "meta": meta}, tmp_path / "toy.pth")
    with pytest.raises(InputError, match="category 1 needle_holder .* trained for 90 cross"):
        parts()
