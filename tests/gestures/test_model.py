"""The network: shapes, padding, and what its parts are for."""

import torch

from surgtools.gestures.features import num_frame_features
from surgtools.gestures.model import GestureNetwork, adjacency_by_distance


def network(**options):
    torch.manual_seed(0)
    return GestureNetwork(4, [5, 5], [[0, 1], [5, 6]], channels=8, layers=2, stages=2, **options)


def inputs(*lengths):
    torch.manual_seed(1)
    time = max(lengths)
    mask = torch.arange(time)[None] < torch.tensor(lengths)[:, None]
    shapes = (len(lengths), time, 10, 6), (len(lengths), time, num_frame_features(2))
    return *(torch.randn(shape) for shape in shapes), mask


def test_padding_changes_no_answer():
    for whole in (False, True):
        model = network(whole=whole).eval()
        keypoints, frames, mask = inputs(12, 7)
        together = model(keypoints, frames, mask)[1]
        alone = model(keypoints[1:, :7], frames[1:, :7], mask[1:, :7])[0]
        torch.testing.assert_close(together[:, : alone.shape[1]], alone)
        torch.testing.assert_close(alone.sum(0), torch.ones(alone.shape[1]))


def test_frames_beyond_the_end_have_no_loss():
    model, (keypoints, frames, mask) = network(dropout=0.0), inputs(12, 7)
    labels = torch.ones(2, 12, dtype=torch.long)
    first = model(keypoints, frames, mask, labels, "loss")
    labels[1, 7:], keypoints[1, 7:] = 3, 9.0
    second = model(keypoints, frames, mask, labels, "loss")
    assert set(first) == {"loss_stage0", "loss_smooth0", "loss_stage1", "loss_smooth1"}
    for name, value in first.items():
        torch.testing.assert_close(value, second[name])


def test_a_video_of_one_frame_and_one_of_nothing_seen_give_finite_losses():
    for whole in (False, True):
        model, (keypoints, frames, mask) = network(whole=whole), inputs(1)
        labels = torch.zeros(1, 1, dtype=torch.long)
        losses = model(keypoints * torch.nan, frames * torch.nan, mask, labels, "loss")
        assert torch.isfinite(sum(losses.values()))


def test_statistics_pass_over_what_was_not_seen():
    model, (keypoints, frames, _) = network(), inputs(12)
    keypoints[0, :6] = torch.nan
    keypoints[0, :, 3] = torch.nan  # never seen
    model.set_statistics(keypoints[0], frames[0])
    torch.testing.assert_close(model.keypoint_mean[0], keypoints[0, 6:, 0].mean(0))
    assert model.keypoint_mean[3].eq(0).all() and model.keypoint_std[3].eq(1).all()


def test_what_never_changed_in_training_changes_no_answer():
    model, (keypoints, frames, mask) = network().eval(), inputs(12)
    keypoints[..., 4] = 1.0  # scores of exact keypoints
    model.set_statistics(keypoints[0], frames[0])
    told = model(keypoints, frames, mask)
    keypoints[..., 4] = 0.7
    torch.testing.assert_close(model(keypoints, frames, mask), told)
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())


def test_categories_without_keypoints_are_boxes_only():
    model = GestureNetwork(3, [0, 0], [], channels=8, layers=1, stages=1).eval()
    _, frames, mask = inputs(5)
    assert model(torch.zeros(1, 5, 0, 6), frames, mask).shape == (1, 3, 5)


def test_neighbors_are_averaged():
    own, near = adjacency_by_distance(4, [(0, 1), (0, 2)])
    assert own.equal(torch.eye(4))
    assert near[:, 0].tolist() == [0, 0.5, 0.5, 0] and near[:, 1].tolist() == [1, 0, 0, 0]
    assert near[:, 3].tolist() == [0, 0, 0, 0]
