"""A pair is measured on held-out frames and on the source, the same way for every pair."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.adaptation.guards.pair_measures import (
    PairMeasures,
    look_at_frames,
    measure_pair,
    to_instances,
)
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.learn_source import learn_from_source
from surgtools.prediction.results import Instance


@pytest.fixture
def measured(dot_dataset, dots, tmp_path):
    """Function of a proposer to its measures; the target are 100 pictures of dots."""
    folder = tmp_path / "target"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(100):
        points = dots.shape(rng.uniform(0, 6.28), 0.4, rng.uniform(50, 70, 2))
        cv2.imwrite(str(folder / f"{number:03d}.png"), dots.draw(points))
    pool, _ = collect_frames([str(folder)], tmp_path / "pool")
    knowledge = learn_from_source(dot_dataset, dots.Finder(), np.random.default_rng(0))
    selector = Selector(knowledge.thresholds)

    def measure(proposer, **options):
        return measure_pair(
            proposer, pool, knowledge, selector, dot_dataset, max_pictures=40, seed=0, **options
        )

    return measure


def test_a_good_pair_is_trusted_and_right_on_the_source(measured, dots):
    seen = []
    measures = measured(dots.Finder(), progress=lambda done, total: seen.append((done, total)))
    assert measures.proposals.num_frames == 20
    assert measures.trusted.mean() > 0.7
    assert measures.source["box AP of needle_holder"] > 0.9
    assert measures.source["keypoint AP of needle_holder"] > 0.9
    assert measures.source["box AP of tweezers"] is None, "the source has none"
    assert measures.made_up == 0
    assert seen[-1] == (60, 60)


def test_a_blind_pair_has_zero_and_nothing_to_draw(measured, dots):
    measures = measured(dots.Finder(blind_from=0))
    assert len(measures.proposals) == 0 and measures.trusted.shape == (0,)
    assert measures.source["box AP of needle_holder"] == 0
    assert to_instances(measures.proposals, 0, 0.3) == []


def test_instruments_out_of_nothing_are_counted_on_the_source(measured, dots, answering):
    def dreaming(images):
        nowhere = Instance(1, np.array([0, 0, 9, 9]), 0.9, np.ones((5, 2)), np.ones(5), np.ones(5))
        return [[*found, nowhere] for found in dots.Finder().predict_view(images)]

    assert measured(answering(dreaming)).made_up == 1


def test_instances_for_drawing(measured, dots):
    proposals = measured(dots.Finder()).proposals
    frame = int(proposals.frames[0])
    instances = to_instances(proposals, frame, 0.3)
    assert len(instances) == 1 and instances[0].keypoints.shape == (5, 2)
    assert to_instances(proposals, frame, 1.1) == []
    twice = proposals.subset(np.array([0, 0]))
    assert len(to_instances(twice, frame, 0.3)) == 1, "one place, one instrument, as in predict"


def test_statistics_in_time_never_cross_the_split(dot_dataset, dots, tmp_path):
    """A turning instrument in twelve frames of a film; the middle is held out."""
    (tmp_path / "images").mkdir()
    for number in range(12):
        image = dots.draw(dots.shape(0.1 * number, 0.4, np.array([60.0, 60.0])))
        cv2.imwrite(str(tmp_path / f"images/{number}.png"), image)
    frames = [
        PoolFrame(f"{i}.png", *image.shape[1::-1], "film", "film", i, f"g{i // 4}", i // 4 == 1)
        for i in range(12)
    ]
    pool = FramePool(tmp_path, frames)
    knowledge = learn_from_source(dot_dataset, dots.Finder(), np.random.default_rng(0))
    selector = Selector(knowledge.thresholds)
    looks = [
        look_at_frames(dots.Finder(), pool, indices, knowledge, selector)
        for indices in (range(12), range(4, 8))
    ]
    together = looks[0].subset(np.isin(looks[0].frames, range(4, 8)))
    jumps = [look.statistics["temporal_jump"] for look in (together, looks[1])]
    assert np.isfinite(jumps[0]).any()
    np.testing.assert_allclose(*jumps)


def test_only_so_many_pictures_of_the_source_are_scored(dot_dataset, dots, measured):
    asked = []
    finder = dots.Finder()
    known = measured(finder).proposals
    calls = finder.calls
    measures = measured(
        finder, proposals=known, progress=lambda done, total: asked.append((done, total))
    )
    assert measures.proposals is known, "known ones are not asked for again"
    assert asked[-1] == (40, 40)
    assert finder.calls > calls
    assert measures.judged.proposals is known


def test_what_was_not_measured_on_the_source_is_not_made_up(measured, dots):
    known = measured(dots.Finder()).proposals
    assert PairMeasures(known, np.ones(len(known), bool), {}).made_up == 0
    frame = int(known.frames[0])
    (instance,) = to_instances(known, frame, 0.3)
    np.testing.assert_allclose(instance.bbox, known.boxes[0])
    assert instance.bbox_score == known.scores[0]
