"""Views are shown, mapped back, matched and fused."""

import numpy as np

from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.labels.selection import ShapeModel
from surgtools.prediction.views import View

CENTER = (60.0, 55.0)


def test_an_honest_teacher_agrees_with_itself_in_every_view(dots):
    points = dots.shape(0.4, 0.45, CENTER)
    image = dots.draw(points)
    proposals = propose(lambda i: image, [7], dots.Finder())
    assert proposals.frames.tolist() == [7]
    assert proposals.statistics["view_disagreement"][0] < 0.02
    np.testing.assert_allclose(proposals.own(proposals.keypoints, 0), points, atol=1.5)


def test_the_median_of_views_mends_an_upright_error(dots):
    points = dots.shape(0.4, 0.45, CENTER)
    image = dots.draw(points)
    proposals = propose(lambda i: image, [0], dots.Finder(offset=6.0))
    assert np.abs(proposals.own(proposals.keypoints, 0) - points).max() < 3
    assert proposals.own(proposals.spread, 0).min() > 1
    wanted = np.concatenate([points.min(axis=0) - 3, points.max(axis=0) + 3])
    # 6 px too far in one of the three views that keep a box tight, two right
    np.testing.assert_allclose(proposals.boxes[0] - wanted, 2, atol=1)
    assert proposals.statistics["view_disagreement"][0] > 0.08


def test_views_that_see_nothing_are_full_disagreement(dots):
    image = dots.draw(dots.shape(0.4, 0.45, CENTER))
    proposals = propose(lambda i: image, [0], dots.Finder(blind_from=2), [View(flip=True)] * 2)
    np.testing.assert_allclose(proposals.statistics["view_disagreement"], [1.0])


def test_pictures_without_proposals_are_counted_and_not_shown_again(dots):
    teacher = dots.Finder()
    blank = np.zeros((50, 50, 3), np.uint8)
    proposals = propose(lambda i: blank, range(40), teacher)
    assert len(proposals) == 0 and proposals.num_frames == 40
    assert teacher.calls == 3, "three batches of 16, no further view"
    assert proposals.axes.shape == (0, 2, 2) and proposals.sizes.shape == (0,)
    add_statistics(proposals, {})


def test_pictures_that_cannot_be_accepted_are_seen_upright_only(dots):
    teacher = dots.Finder()
    points = dots.shape(0.4, 0.45, CENTER)
    pictures = [dots.draw(points, level) for level in (180, 250)]
    proposals = propose(
        pictures.__getitem__, range(2), teacher, worth_views=lambda i: i.bbox_score > 0.9
    )
    assert len(proposals) == 2, "a weak proposal still marks its picture as doubtful"
    disagreement = proposals.statistics["view_disagreement"]
    assert np.isnan(disagreement[0]) and disagreement[1] < 0.02
    np.testing.assert_allclose(proposals.own(proposals.keypoints, 0), points, atol=1.5)


def test_progress_counts_pictures(dots):
    seen = []
    image = dots.draw(dots.shape(0.4, 0.45, CENTER))
    propose(lambda i: image, range(20), dots.Finder(), (), seen.append)
    assert seen == [16, 20]


def test_a_cluster_proposes_the_same_in_whatever_order_it_answers(dots, monkeypatch):
    def run(start, items, gpus):
        assert gpus == 0
        work = start()
        yield from (work(item) for item in reversed(list(items)))

    pictures = [dots.draw(dots.shape(0.4, 0.45, (50.0 + 0.5 * i, 55))) for i in range(20)]
    here = propose(pictures.__getitem__, range(20), dots.Finder())
    teacher, seen = dots.Finder(), []
    teacher.engine = "ray"
    monkeypatch.setattr("surgtools.engines.ray.do_items", run)
    there = propose(pictures.__getitem__, range(20), teacher, progress=seen.append)
    assert seen == [4, 20] and there.frames.tolist() == list(range(20))
    np.testing.assert_array_equal(there.keypoints, here.keypoints)


def test_statistics_in_time_and_of_shape(dots):
    shapes = [dots.shape(0.4, 0.45, (50.0 + 4 * step, 55)) for step in range(3)]
    pictures = [dots.draw(shape) for shape in shapes]
    proposals = propose(lambda i: pictures[i], range(3), dots.Finder(), ())
    rng = np.random.default_rng(0)
    model = ShapeModel.fit(shapes[0] + rng.normal(0, 0.3, (60, 5, 2)))
    clips, numbers = ["a"] * 3, [0, 1, 2]
    add_statistics(proposals, {1: model}, clips, numbers, lambda i: pictures[i])
    jump = proposals.statistics["temporal_jump"]
    assert np.isnan(jump[[0, 2]]).all() and jump[1] < 0.02
    assert np.isnan(proposals.statistics["flow_disagreement"][0])
    assert proposals.statistics["flow_disagreement"][1] < 0.03
    assert (proposals.statistics["implausibility"] < 4).all()


def test_subset_and_axes(dots):
    points = dots.shape(0.4, 0.45, CENTER)
    image = dots.draw(points)
    proposals = propose(lambda i: image, [3, 5], dots.Finder(), ())
    one = proposals.subset(np.array([False, True]))
    assert one.frames.tolist() == [5] and one.num_frames == 2
    np.testing.assert_allclose(one.axes[0, 0], points[[1, 3]].mean(axis=0), atol=1.5)
    np.testing.assert_allclose(one.axes[0, 1], points[[2, 4]].mean(axis=0), atol=1.5)
