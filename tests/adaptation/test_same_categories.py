"""A pair is refused when it was trained for something else."""

import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.adaptation.same_categories import check_same_categories
from surgtools.errors import InputError
from surgtools.prediction.models import Models
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


@pytest.fixture
def pair(tmp_path):
    (tmp_path / "base.py").write_text("a = 1\n")
    (tmp_path / "det.py").write_text("_base_ = './base.py'\nb = 2\n")
    (tmp_path / "pose.py").write_text("c = 3\n")
    for name in ("det", "pose"):
        save(tmp_path / f"{name}.pth", {})
    return Models(*(tmp_path / n for n in ("det.py", "det.pth", "pose.py", "pose.pth")))


def save(path, meta):
    torch.save({"state_dict": {"w": torch.zeros(1)}, "meta": {"dataset_meta": meta}}, path)


def test_same_categories_pass(pair):
    save(pair.det_weights, {"classes": SURGICAL.classes})
    names = dict(enumerate(SURGICAL.union_keypoints))
    save(pair.pose2d_weights, {"classes": SURGICAL.classes, "keypoint_id2name": names})
    assert check_same_categories(pair) is SURGICAL


def test_other_categories_are_refused(pair):
    save(pair.det_weights, {"classes": ("person", "dog")})
    with pytest.raises(InputError, match="det.pth: trained for the categories .*person"):
        check_same_categories(pair)


def test_other_keypoints_are_refused(pair):
    save(pair.pose2d_weights, {"keypoint_id2name": {i: f"k{i}" for i in range(10)}})
    with pytest.raises(InputError, match="pose.pth: trained for other keypoints"):
        check_same_categories(pair)


def test_both_checkpoints_must_be_of_one_taxonomy(pair):
    own = Taxonomy("hands", (Category(3, "hand", ("wrist",)),))
    for weights in (pair.det_weights, pair.pose2d_weights):
        save(weights, {"taxonomy": own.to_dict(), "classes": own.classes})
    assert check_same_categories(pair) == own
    save(pair.pose2d_weights, {"taxonomy": SURGICAL.to_dict()})
    with pytest.raises(InputError, match="give data or a checkpoint of one taxonomy"):
        check_same_categories(pair)
