"""What the source gives: shapes, thresholds, precision; all from known truth."""

from dataclasses import replace

import numpy as np
import pytest

from surgtools.adaptation.labels.expected_precision import FEATURES, PrecisionModel
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.learn_source import learn_from_source, learn_shapes, simulate_motion
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.prediction.results import Instance
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


@pytest.fixture
def knowledge(dot_dataset, dots):
    return learn_from_source(dot_dataset, dots.Finder(), np.random.default_rng(0))


def test_thresholds_let_right_source_predictions_pass(knowledge):
    assert knowledge.counts["pictures"] == 60 and knowledge.counts["right"] >= 50
    limits = knowledge.thresholds
    # levels are drawn from 180..254: scores from 0.41; the 5 % quantile is a little above
    assert 0.41 <= limits["bbox_score"] <= 0.5
    assert limits["view_disagreement"] < 0.05
    assert limits["temporal_jump"] < 0.05 and limits["flow_disagreement"] < 0.05
    assert limits["implausibility"] < 4


def test_shape_model_of_the_labelled_category_only(knowledge, dots):
    assert list(knowledge.shapes) == [1]
    limit = knowledge.thresholds["implausibility"]
    good = dots.shape(1.0, 0.5, (60, 60))[None]
    assert knowledge.shapes[1].implausibility(good)[0] < limit
    assert knowledge.shapes[1].implausibility(good[:, [0, 2, 1, 3, 4]])[0] > limit


def test_degraded_pictures_teach_what_wrong_looks_like(knowledge):
    assert knowledge.counts["degraded_right"] < knowledge.counts["right"]


def test_a_label_that_is_hardly_likely_to_be_right_is_below_the_threshold(knowledge, dots):
    confidence = knowledge.thresholds["confidence"]
    assert confidence == 0.7
    rng = np.random.default_rng(0)
    apart = rng.uniform(0.001, 1, 400)  # a source on which only agreement tells right from wrong
    others = {name: rng.uniform(0.5, 1, 400) for name in FEATURES}
    model = PrecisionModel.fit(others | {"view_disagreement": apart}, apart < 0.1)
    knowledge = replace(knowledge, precision=model)
    image = dots.draw(dots.shape(0.4, 0.45, (60.0, 55)))
    for teacher, right in ((dots.Finder(), True), (dots.Finder(blind_from=2), False)):
        proposals = propose(lambda i: image, [0], teacher)
        knowledge.add_statistics(proposals, ["a"], [0], lambda i: image)
        reason = Selector({"confidence": confidence}).select(proposals, rng)[0]
        assert (reason == "") == right, reason


def test_survives_its_file(knowledge, tmp_path):
    knowledge.write(tmp_path / "k.json")
    again = SourceKnowledge.load(tmp_path / "k.json")
    assert again.thresholds == knowledge.thresholds and again.precision == knowledge.precision
    np.testing.assert_allclose(again.shapes[1].mean, knowledge.shapes[1].mean)


def test_the_same_seed_gives_the_same_knowledge(knowledge, dot_dataset, dots):
    again = learn_from_source(dot_dataset, dots.Finder(), np.random.default_rng(0))
    assert again.thresholds == knowledge.thresholds


def test_photographs_need_no_thresholds_in_time(knowledge, dot_dataset, dots):
    done = []
    still = learn_from_source(
        dot_dataset, dots.Finder(), np.random.default_rng(0), progress=done.append, motion=False
    )
    missing = set(knowledge.thresholds) - set(still.thresholds)
    assert missing == {"temporal_jump", "flow_disagreement"}
    assert done == [16, 32, 48, 60, 76, 92, 108, 120], "60 pictures, plain and degraded"


def test_another_file_is_refused(tmp_path):
    (tmp_path / "k.json").write_text("{}")
    with pytest.raises(InputError, match="holds no source knowledge"):
        SourceKnowledge.load(tmp_path / "k.json")


def test_a_model_that_is_never_right_is_refused(dot_dataset, dots):
    with pytest.raises(InputError, match="right on 0 of 0 source predictions"):
        learn_from_source(dot_dataset, dots.Finder(blind_from=0), np.random.default_rng(0))


def test_a_pair_that_is_right_about_boxes_alone_keeps_no_keypoint(dot_dataset, dots, tmp_path):
    """A category of a box only has no keypoint scores to learn a threshold from."""
    taxonomy = Taxonomy("mixed", (*SURGICAL.categories[:1], Category(2, "pad")))

    class BoxFinder(dots.Finder):
        def _find(self, image):
            return [
                Instance(2, i.bbox, i.bbox_score, np.zeros((0, 2)), none, none, taxonomy=taxonomy)
                for i in super()._find(image)
            ]

    none = np.zeros(0)
    for split in ("train", "val"):
        path = dot_dataset / split / "coco_keypoints.json"
        content = read_json(path)
        content["categories"] = [category.to_category() for category in taxonomy.categories]
        if split == "val":
            for row in content["annotations"]:
                row |= {"category_id": 2, "keypoints": [], "num_keypoints": 0}
        write_json(path, content)
    finder = BoxFinder()
    finder.taxonomy = taxonomy
    found = learn_from_source(dot_dataset, finder, np.random.default_rng(0), motion=False)
    assert found.counts["right"] >= 50 and found.thresholds["keypoint"] == 1
    found.write(tmp_path / "k.json")


def test_a_source_without_complete_labels_is_refused(dot_dataset):
    content = read_json(dot_dataset / "train/coco_keypoints.json")
    content["annotations"] = content["annotations"][:5]
    told = r"no category with 20 instances .* v > 0 \(needle_holder {} of 5, tweezers 0 of 0\)"
    with pytest.raises(InputError, match=told.format(5)):
        learn_shapes(content)
    for row in content["annotations"]:
        row["keypoints"] = [0] * len(row["keypoints"])
    with pytest.raises(InputError, match=told.format(0)):
        learn_shapes(content)


def test_simulated_motion_is_steady():
    image = np.zeros((100, 100, 3), np.uint8)
    image[48:53, 48:53] = 255
    frames = simulate_motion(image, np.random.default_rng(3))
    centers = [np.argwhere(frame[..., 0] > 127).mean(axis=0) for frame in frames]
    np.testing.assert_allclose((centers[0] + centers[2]) / 2, centers[1], atol=0.6)
    assert np.linalg.norm(centers[2] - centers[0]) > 0.5
