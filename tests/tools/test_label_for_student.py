"""A pair labels pictures; the labels are a dataset that a student reads with their weights."""

import numpy as np
import pytest

from surgtools import samples
from surgtools.files import read_json
from surgtools.prediction.image_writer import write_image
from tools import label_for_student


def rows_of(folder):
    return read_json(folder / "train" / "coco_keypoints.json")["annotations"]


def images_of(folder):
    return read_json(folder / "train" / "coco_keypoints.json")["images"]


def test_soft_labels_weigh_and_hard_ones_leave_out(run_tool, tmp_path):
    picture = samples.pictures()[0]
    for labels in ("soft", "hard"):
        words = (picture, "--models", "fast", "--labels", labels, "--keypoint-thr", 2)
        assert run_tool(label_for_student, *words, "--out", tmp_path / labels) == 0
    soft, hard = rows_of(tmp_path / "soft"), rows_of(tmp_path / "hard")
    assert len(soft) == len(hard) > 0
    for row in soft:
        assert all(0 < weight <= 1 for weight in row["keypoint_weights"])
        assert row["num_keypoints"] == 5
    assert max(weight for row in soft for weight in row["keypoint_weights"]) == 1
    assert all(row["num_keypoints"] == 0 for row in hard)  # no score reaches 2
    assert (tmp_path / "soft/train/images/000000.jpg").is_file()


def test_most_keypoints_of_a_sure_pair_are_hard_labels(run_tool, tmp_path):
    """Whatever the height of its scores, which is seldom near 1."""
    words = (samples.pictures()[0], "--models", "fast", "--labels", "hard")
    assert run_tool(label_for_student, *words, "--out", tmp_path / "hard") == 0
    kept = [row["num_keypoints"] for row in rows_of(tmp_path / "hard")]
    assert sum(kept) > 2.5 * len(kept)


def test_weights_reach_the_network_in_the_slots_of_the_category(tmp_path):
    from surgtools.datasets.instrument_det_dataset import parse_instance
    from surgtools.datasets.transforms.random_warp import RandomWarp
    from surgtools.metainfo import slots_of

    keypoints = [value for x in (10, 20, 30, 40, 50) for value in (x, 20 + x / 10, 2)]
    weights = [0.1, 0.2, 0.3, 0.4, 0.5]
    row = {"category_id": 2, "bbox": [5, 15, 50, 20], "keypoints": keypoints}
    instance = parse_instance(row | {"keypoint_weights": weights})
    picture = {"img": np.zeros((60, 60, 3), np.uint8), "instances": [instance]}
    warped = RandomWarp((60, 60), prob=0, flip_prob=0).transform(picture)
    assert warped["gt_keypoint_weights"][0, slots_of(2)].tolist() == pytest.approx(weights)
    assert warped["gt_keypoint_weights"][0, slots_of(1)].tolist() == [0] * 5
    mirrored = RandomWarp((60, 60), prob=0, flip_prob=1).transform(picture)
    found = mirrored["gt_keypoint_weights"][0, slots_of(2)].tolist()
    assert found == pytest.approx([0.1, 0.4, 0.5, 0.2, 0.3])  # arms and tips change sides


def test_nothing_to_label_is_one_line(run_tool, tmp_path, capsys):
    words = (tmp_path / "missing.jpg", "--models", "fast", "--out", tmp_path / "out")
    assert run_tool(label_for_student, *words) == 2
    assert "missing.jpg" in capsys.readouterr().err


def test_a_dataset_that_is_there_is_not_replaced(run_tool, tmp_path, capsys):
    file = tmp_path / "data/train/coco_keypoints.json"
    file.parent.mkdir(parents=True)
    file.write_text("labels of a person")
    words = (samples.pictures()[0], "--models", "fast", "--out", tmp_path / "data")
    assert run_tool(label_for_student, *words) == 2
    assert "coco_keypoints.json: is there already; choose another --out" in capsys.readouterr().err
    assert file.read_text() == "labels of a person"
    assert not (file.parent / "images").exists()


def test_pictures_that_cannot_be_read_are_told(run_tool, tmp_path, capsys):
    (tmp_path / "broken.jpg").write_text("no picture")
    words = (samples.pictures()[0], tmp_path / "broken.jpg", "--models", "fast")
    assert run_tool(label_for_student, *words, "--out", tmp_path / "out") == 3
    told = capsys.readouterr()
    assert told.out.startswith("1 pictures, ")
    assert "broken.jpg: no picture that OpenCV can read" in told.err


def test_pictures_in_which_nothing_is_found_are_left_out(run_tool, tmp_path, capsys):
    """The pair may have missed an instrument there."""
    write_image(tmp_path / "empty.png", np.full((80, 100, 3), 90, np.uint8))
    words = (tmp_path / "empty.png", samples.pictures()[0], "--models", "fast", "--out")
    assert run_tool(label_for_student, *words, tmp_path / "out") == 0
    assert "; 1 without one left out -> " in capsys.readouterr().out
    names = [image["file_name"] for image in images_of(tmp_path / "out")]
    assert names == ["000001.jpg"]
    assert [p.name for p in (tmp_path / "out/train/images").iterdir()] == names
    assert run_tool(label_for_student, *words, tmp_path / "all", "--keep-empty") == 0
    assert capsys.readouterr().out.startswith("2 pictures, ")
    assert len(images_of(tmp_path / "all")) == 2


def test_pictures_that_are_all_empty_are_one_line(run_tool, tmp_path, capsys):
    write_image(tmp_path / "empty.png", np.full((80, 100, 3), 90, np.uint8))
    words = (tmp_path / "empty.png", "--models", "fast", "--out", tmp_path / "out")
    assert run_tool(label_for_student, *words) == 2
    told = capsys.readouterr().err
    assert "no instrument was found in any of 1 pictures; lower --bbox-thr" in told


def test_labels_of_a_taxonomy_of_ones_own_have_it_beside_them(tmp_path):
    from argparse import Namespace
    from types import SimpleNamespace
    from unittest import mock

    from surgtools.annotations.taxonomies import find_taxonomy
    from surgtools.taxonomy import COCO_PERSON

    picture = SimpleNamespace(image=np.zeros((20, 30, 3), np.uint8), instances=[])
    inferencer = mock.Mock(return_value=[picture], problems=[])
    inferencer.predictor.taxonomy = COCO_PERSON
    args = Namespace(
        sources=["a"], models="fast", out=tmp_path, split="train", labels="soft", bbox_thr=0.5,
        keypoint_thr=0.5, stride=1, max_frames=None, keep_empty=True,
    )  # fmt: skip
    with mock.patch("surgtools.prediction.Inferencer", return_value=inferencer):
        label_for_student.label(args)
    assert find_taxonomy(tmp_path)[0].categories == COCO_PERSON.categories
    assert (tmp_path / "taxonomy.yaml").is_file()


@pytest.mark.parametrize("flag", ["--stride", "--max-frames"])
def test_wishes_that_no_frame_meets_are_refused(run_tool, tmp_path, flag, capsys):
    words = (samples.pictures()[0], "--models", "fast", "--out", tmp_path / "out", flag, 0)
    with pytest.raises(SystemExit):
        run_tool(label_for_student, *words)
    assert "1 or more" in capsys.readouterr().err
