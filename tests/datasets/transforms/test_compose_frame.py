"""Labels follow the layers that are laid into a new picture."""

import cv2
import numpy as np
import pytest

import surgtools.register  # noqa: F401
from surgtools.datasets.transforms import ComposeFrame
from surgtools.datasets.transforms.layers import cut_out, fade_border, lay
from surgtools.taxonomy import SURGICAL

NUM_SLOTS = len(SURGICAL.union_flip_indices)
RED = (0, 0, 255)


def part(folder, label=1, name="layer.png"):
    """A red bar of 60 x 8 pixels in a layer of 100 x 100; keypoints at its ends."""
    layer = np.zeros((100, 100, 4), np.uint8)
    layer[46:54, 20:80] = (*RED, 255)
    cv2.imwrite(str(folder / name), layer)
    cv2.imwrite(str(folder / f"full_{name}"), layer[..., :3])
    x, y = np.meshgrid(np.linspace(20, 79, 30), [46, 49, 53])
    keypoints = np.zeros((NUM_SLOTS, 3), np.float32)
    keypoints[0], keypoints[1] = (22, 50, 2), (77, 50, 2)
    instance = {
        "bbox": [20, 46, 79, 53],
        "bbox_label": label,
        "ignore_flag": 0,
        "outline": np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32),
        "keypoints": keypoints,
        "visible_area": 480.0,
    }
    return {
        "img_path": str(folder / f"full_{name}"),
        "layer_path": str(folder / name),
        "instances": [instance],
    }


def compose(folder, seed, **settings):
    np.random.seed(seed)
    settings = {"count_weights": (0, 1), "scene_prob": 0, "gain": (1, 1), **settings}
    return ComposeFrame((160, 120), **settings)(part(folder))


def red(picture):
    return (picture[..., 2] > 200) & (picture[..., 1] < 90) & (picture[..., 0] < 90)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_lie_around_what_was_laid(tmp_path, seed):
    results = compose(tmp_path, seed, extent=(0.4, 0.6), photograph_prob=0)
    plain = compose(tmp_path, seed, extent=(0.4, 0.6), photograph_prob=0, count_weights=(1, 0))
    assert not len(plain["gt_bboxes"])
    ys, xs = np.nonzero(red(results["img"]))
    for box, ignored in zip(
        results["gt_bboxes"].tensor.numpy(), results["gt_ignore_flags"], strict=True
    ):
        inside = (xs >= box[0] - 2) & (xs <= box[2] + 2) & (ys >= box[1] - 2) & (ys <= box[3] + 2)
        if ignored:
            continue
        own = np.array([xs[inside].min(), ys[inside].min(), xs[inside].max(), ys[inside].max()])
        assert np.abs(own - box).max() < 4


def test_lengths_span_the_range(tmp_path):
    shares = []
    for seed in range(150):
        results = compose(tmp_path, seed, extent=(0.1, 0.8))
        points = results["gt_keypoints"]
        if len(points) and (points[0, :2, 2] > 0).all():
            shares.append(np.linalg.norm(points[0, 0, :2] - points[0, 1, :2]) / 120)
    shares = np.array(shares) * np.hypot(59, 7) / 55  # of the box's diagonal, as the range is
    assert 0.08 < shares.min() < 0.15
    assert 0.6 < shares.max() < 0.95
    assert np.median(shares) < 0.42  # even in the logarithm, not in the length


def test_empty_ones_stay_empty(tmp_path):
    results = compose(tmp_path, 0, count_weights=(1,))
    assert results["img"].shape == (120, 160, 3)
    assert results["gt_bboxes"].tensor.shape == (0, 4)
    assert results["gt_keypoints"].shape == (0, NUM_SLOTS, 3)
    assert results["gt_bboxes_labels"].shape == (0,)


def test_what_lies_under_a_later_layer_is_a_region_to_ignore(tmp_path):
    below, above = part(tmp_path), part(tmp_path, name="above.png")
    solid = np.full((100, 100, 4), 255, np.uint8)
    cv2.imwrite(above["layer_path"], solid)
    above["instances"] = []
    ignored = []
    for seed in range(40):
        np.random.seed(seed)
        results = ComposeFrame(
            (120, 120), count_weights=(0, 0, 1), near_prob=1.0, extent=(0.3, 0.4), scene_prob=0
        )({**below, "companions": [above]})
        ignored += results["gt_ignore_flags"].tolist()
        hidden = results["gt_keypoints"][..., 2] == 1
        if results["gt_ignore_flags"].any():
            assert hidden.any() or (results["gt_keypoints"][..., 2] == 0).any()
    assert 0.1 < np.mean(ignored) < 1.0


def test_too_few_pixels_are_a_region_to_ignore(tmp_path):
    assert compose(tmp_path, 3, min_area=1e6)["gt_ignore_flags"].all()


def test_photographs_are_grounds(tmp_path):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    cv2.imwrite(str(photographs / "green.png"), np.full((50, 50, 3), (10, 200, 30), np.uint8))
    green = 0
    for seed in range(20):
        results = compose(tmp_path, seed, photographs=str(photographs), count_weights=(1,))
        green += (results["img"] == (10, 200, 30)).all(axis=2).mean() > 0.3
    assert 8 <= green <= 19  # 0.65 of 20, some of them under sheets


def test_a_picture_without_a_layer_is_laid_whole(tmp_path):
    np.random.seed(0)
    own = part(tmp_path)
    del own["layer_path"]
    results = ComposeFrame((100, 100), count_weights=(0, 1))(own)
    assert (results["img"].max(axis=2) == 0).mean() > 0.3  # its black table came along


def test_laying_by_hand():
    frame = np.full((4, 6, 3), 100, np.uint8)
    layer = np.zeros((1, 2, 4), np.uint8)
    layer[0, 0], layer[0, 1] = (50, 60, 70, 128), (9, 8, 7, 255)
    matrix = np.array([[1, 0, 2], [0, 1, 1], [0, 0, 1]], float)
    cover = lay(frame, layer, matrix, 1.0)
    assert frame[1, 2].tolist() == [100, 110, 120]  # 50 + 100 * 127 / 255 = 99.8
    assert frame[1, 3].tolist() == [9, 8, 7]
    assert cover[1].tolist() == [0, 0, 128, 255, 0, 0]
    assert (frame[[0, 2, 3]] == 100).all()


def test_a_layer_outside_the_frame_changes_nothing():
    frame = np.full((4, 6, 3), 100, np.uint8)
    far = np.array([[1, 0, 50], [0, 1, 50], [0, 0, 1]], float)
    assert not lay(frame, np.full((3, 3, 4), 255, np.uint8), far, 1.0).any()
    assert (frame == 100).all()


def test_an_arm_that_the_picture_cut_off_ends_softly():
    layer = np.full((40, 40, 4), 200, np.uint8)
    layer[:, 20:] = 0
    fade_border(layer)
    assert layer[20, 0, 3] < 20 < layer[20, 5, 3] < layer[20, 12, 3] == 200
    assert not layer[:, 20:].any()


def mask_of(rows, columns):
    """A mask of 100 x 100 pixels as run lengths, column after column."""
    shown = np.zeros((100, 100), np.uint8)
    shown[rows, columns] = 1
    changes = np.flatnonzero(np.diff(np.concatenate([[0], shown.ravel(order="F"), [0]])))
    runs = np.diff(np.concatenate([[0], changes, [10000]])).tolist()
    return {"size": [100, 100], "counts": runs if runs[-1] else runs[:-1]}


def test_an_emptied_layer_keeps_the_hand_and_loses_instrument_and_label(tmp_path):
    own = part(tmp_path)
    layer = cv2.imread(own["layer_path"], cv2.IMREAD_UNCHANGED)
    layer[60:75, 40:60] = (0, 255, 0, 255)  # the hand
    cv2.imwrite(own["layer_path"], layer)
    own["instances"][0]["mask"] = mask_of(slice(46, 54), slice(20, 80))
    np.random.seed(3)
    settings = dict(count_weights=(0, 1), scene_prob=0, gain=(1, 1), photograph_prob=0)
    results = ComposeFrame((160, 120), extent=(0.4, 0.6), emptied_prob=1, **settings)(own)
    green = (results["img"][..., 1] > 200) & (results["img"][..., 2] < 90)
    assert green.sum() > 20
    assert red(results["img"]).sum() == 0
    assert len(results["gt_bboxes"]) == 0


def test_a_layer_with_an_instrument_without_mask_is_left_as_it_is(tmp_path):
    own = part(tmp_path)
    layer = cv2.imread(own["layer_path"], cv2.IMREAD_UNCHANGED)
    before = layer.copy()
    assert not cut_out(layer, own)
    assert np.array_equal(layer, before)
