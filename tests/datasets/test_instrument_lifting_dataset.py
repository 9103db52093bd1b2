"""Labels in space become samples of a lifter; pictures are never opened."""

import numpy as np
import pytest
from mmengine.registry import DATASETS, init_default_scope

from surgtools.annotations.coco import CocoBuilder
from surgtools.camera import Camera
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.taxonomy import SURGICAL

CAMERA = Camera(640, 480, 800.0, 800.0, 319.5, 239.5, distortion=-0.05)
POINTS = np.array(
    [[0, 0, 0.5], [-0.02, 0.1, 0.5], [-0.01, -0.05, 0.52], [0.02, 0.1, 0.5], [0.01, -0.05, 0.52]]
)


@pytest.fixture
def labels(tmp_path):
    builder = CocoBuilder()
    own = {key: CAMERA.to_dict()[key] for key in ("fx", "fy", "cx", "cy", "distortion")}
    image = builder.add_image("0.jpg", 640, 480, camera=own)
    keypoints = np.column_stack([CAMERA.project(POINTS), [2, 2, 1, 2, 2]])
    for unseen in (0, 3):
        keypoints[:unseen, 2] = 0
        builder.add_annotation(
            image, 1, keypoints, [100, 100, 200, 200], keypoints_3d=POINTS.tolist()
        )
    builder.write(tmp_path / "labels.json")
    return tmp_path / "labels.json"


def build(path):
    init_default_scope("mmpose")
    return DATASETS.build(dict(type="InstrumentLiftingDataset", ann_file=str(path)))


def test_a_sample_has_rays_and_millimeters_from_the_root(labels):
    dataset = build(labels)
    assert len(dataset) == 1  # the second instrument shows two keypoints
    sample, slots = dataset.get_data_info(0), SURGICAL.slots_of(1)
    assert sample["keypoints"][0, slots] == pytest.approx(POINTS[:, :2] / POINTS[:, 2:], abs=1e-5)
    assert sample["lifting_target"][0, slots] == pytest.approx(1000 * (POINTS - POINTS[0]))
    assert sample["keypoints_visible"][0].sum() == 5
    assert sample["lifting_target_visible"][0, slots].tolist() == [0, 1, 1, 1, 1]
    assert sample["instrument_length"] == pytest.approx(
        1000 * np.linalg.norm(POINTS[1] - POINTS[4]), rel=1e-5
    )
    assert dataset.metainfo["taxonomy"]


def broken(labels, change):
    content = read_json(labels)
    change(content)
    write_json(labels, content)
    return labels


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["annotations"][0].pop("keypoints_3d"), "annotation 1 has no keypoints_3d"),
        (
            lambda c: c["annotations"][0].update(keypoints_3d=[[0, 0, 1]]),
            r"annotation 1: keypoints_3d has shape \(1, 3\); 5 points",
        ),
        (
            lambda c: c["annotations"][0].update(keypoints_3d=[["a", 0, 1]] * 5),
            "annotation 1: keypoints_3d holds numbers only",
        ),
        (lambda c: c["images"][0].pop("camera"), "image 1 has no camera with fx"),
        (lambda c: c["images"][0]["camera"].update(fx=0), "image 1: `fx` is 0"),
        (lambda c: c["annotations"].pop(0), "no instrument has 3 labelled keypoints"),
    ],
)
def test_labels_that_lack_space_are_one_line(labels, change, message):
    with pytest.raises(InputError, match=message):
        build(broken(labels, change))
