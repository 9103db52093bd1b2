"""A round holds what the rules accept; a teacher that took the first look is not asked again."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.pool_labeler import PoolLabeler
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.source_knowledge import SourceKnowledge

THRESHOLDS = {"bbox_score": 0.7, "keypoint": 0.5}
ORIGIN = {"teacher_digest": "frozen"}


@pytest.fixture
def pool(dots, tmp_path):
    """Sixty pictures; dots of every second one are pale, so that their score is below 0.7."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(60):
        points = dots.shape(0.1 * number, 0.45, (60.0, 55))
        picture = dots.draw(points, 230 if number % 2 else 190)
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)
    return collect_frames([str(folder)], tmp_path / "pool")[0]


def labeler(pool, proposer, **options) -> PoolLabeler:
    knowledge = SourceKnowledge({}, THRESHOLDS, PrecisionModel.fit({}, np.ones(98, bool)), {})
    return PoolLabeler(pool, proposer, knowledge, Selector(THRESHOLDS), "pose", **options)


def test_pale_dots_are_rejected_and_held_out_frames_are_not_asked(pool, dots):
    done = []
    maker = labeler(pool, dots.Finder())
    builder, rejected = maker.label(1, ORIGIN, lambda now, of: done.append((now, of)))
    asked = len(pool.indices(held_out=False))
    assert done[-1] == (asked, asked) and asked <= len(pool)
    assert len(builder.annotations) + len(rejected) == asked
    assert all(row["score"] > 0.7 for row in builder.annotations) and builder.annotations
    facts = builder.info["round"]
    assert (facts["number"], facts["role"], facts["teacher_digest"]) == (1, "pose", "frozen")


def test_the_first_look_stands_in_for_the_pair_that_took_it(pool, dots, tmp_path):
    class Signed(dots.Finder):
        score_floor = 0.1

        def signature(self):
            return "dots"

        def predict_view(self, images, boxes=None, views=()):
            raise AssertionError("was asked")

    seen = labeler(pool, dots.Finder())
    proposals = propose(pool.read, range(len(pool)), seen.proposer)
    numbers = [frame.number for frame in pool.frames]
    seen.knowledge.add_statistics(proposals, pool.clips, numbers, pool.read)
    FirstLook(proposals, "dots").write(tmp_path / "look.npz")
    maker = labeler(pool, Signed(), first_look=str(tmp_path / "look.npz"))
    builder, _ = maker.label(1, ORIGIN, lambda now, of: None)
    assert builder.annotations == seen.label(1, ORIGIN, lambda now, of: None)[0].annotations
    FirstLook(proposals, "others").write(tmp_path / "look.npz")
    with pytest.raises(AssertionError, match="was asked"):
        maker.label(1, ORIGIN, lambda now, of: None)
