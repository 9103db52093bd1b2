"""``data convert`` end to end; losses are listed."""

import argparse

from surgtools.annotations.convert import FORMATS
from surgtools.cli.data.convert import READABLE, WRITABLE, add_arguments


def test_there_and_back(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3, val=2)
    code, text, _ = data("convert", folder, tmp_path / "y", "--from", "coco", "--to", "yolo")
    assert code == 0
    assert "train: 3 images, 6 annotations" in text and "val: 2 images" in text
    assert "everything was carried over" in text
    code, text, _ = data(
        "convert", tmp_path / "y", tmp_path / "c", "--from", "yolo", "--to", "coco"
    )
    assert code == 0
    assert data("check", *sorted((tmp_path / "c").glob("*/*.json")))[0] == 0


def test_losses_are_printed(data, draw_dataset, tmp_path):
    file = draw_dataset(train=1) / "train/coco_keypoints.json"
    target = tmp_path / "r.json"
    _, text, _ = data("convert", file, target, "--from", "coco", "--to", "coco-results")
    assert "not carried over, or made up:" in text and "images and categories" in text


def test_the_command_offers_every_format():
    assert set(READABLE) == {name for name, (reader, _) in FORMATS.items() if reader}
    assert set(WRITABLE) == {name for name, (_, writer) in FORMATS.items() if writer}
    add_arguments(argparse.ArgumentParser())
