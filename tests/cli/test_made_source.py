"""A user without a source set gets one that looks like his target, once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.cli import main
from surgtools.cli.made_source import FEWEST, MOST, make_source, num_pictures
from surgtools.errors import InputError
from surgtools.hosts.downloads import CACHE

COLORS = {"tabletop": (70, 110, 150), "theatre": (20, 20, 20), "suturing": (60, 150, 60)}
KEYPOINTS = np.array([[8, 32, 2], [30, 31, 2], [55, 30, 2], [30, 33, 2], [55, 33, 2]], float)


class Generator:
    """Draws plain pictures in the color of the preset."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append((request["preset"], request["split"], request["num"]))
        folder = Path(request["out"], request["split"])
        (folder / "images").mkdir(parents=True, exist_ok=True)
        builder = CocoBuilder()
        for number in range(request["num"]):
            picture = np.full((48, 64, 3), COLORS[request["preset"]], np.uint8)
            picture[0, 0] = number, request["seed"] % 256, len(request["split"])
            name = f"{number:06d}.png"
            cv2.imwrite(str(folder / "images" / name), picture)
            image = builder.add_image(name, 64, 48)
            builder.add_annotation(image, 2, KEYPOINTS, (8, 29, 48, 6))
        builder.write(folder / "coco_keypoints.json")
        return 0


@pytest.fixture
def target(tmp_path, monkeypatch):
    """A folder of pictures that look like a mixture of two presets; the cache is empty."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    folder = tmp_path / "target"
    folder.mkdir()
    for number in range(4):
        color = COLORS["suturing" if number % 2 else "theatre"]
        cv2.imwrite(str(folder / f"{number}.png"), np.full((40, 60, 3), color, np.uint8))
    return folder


def test_the_nearest_presets_are_rendered_and_joined(target, tmp_path, monkeypatch):
    monkeypatch.setattr("surgtools.cli.made_source.num_pictures", lambda seconds: 30)
    generator, told = Generator(), []
    out = make_source([target], told.append, generator)
    assert out == tmp_path / "cache/sources/suturing-theatre"
    assert generator.requests[:3] == [(name, "val", 6) for name in COLORS]
    assert sorted(generator.requests[3:]) == [
        ("suturing", "train", 15),
        ("suturing", "val", 10),
        ("theatre", "train", 15),
        ("theatre", "val", 10),
    ]
    for split, count in (("train", 30), ("val", 20)):
        content = load_coco(out / split / "coco_keypoints.json")
        assert len(content["images"]) == len(content["annotations"]) == count
        assert all((out / split / "images" / i["file_name"]).is_file() for i in content["images"])
    assert "30 pictures of the presets nearest to the target, suturing and theatre" in told[0]


def test_it_is_made_once(target, monkeypatch):
    monkeypatch.setattr("surgtools.cli.made_source.num_pictures", lambda seconds: 20)
    generator, told = Generator(), []
    first = make_source([target], told.append, generator)
    count = len(generator.requests)
    assert make_source([target], told.append, generator) == first
    assert len(generator.requests) == count
    assert told[-1].startswith("no --source: using the set of suturing and theatre")


def test_a_generator_that_fails_and_targets_that_are_none_are_told(target, tmp_path):
    with pytest.raises(InputError, match="the generator could not make val/.*--source DATASET"):
        make_source([target], render=lambda request: 1)
    with pytest.raises(InputError, match="absent.mp4"):
        make_source([tmp_path / "absent.mp4"], render=Generator())


def test_the_set_is_sized_to_the_machine():
    # 20 minutes at 6 s: 200 pictures, a seventh of them for validation
    assert num_pictures(6.0) == 171
    assert num_pictures(None) == num_pictures(1000.0) == FEWEST
    assert num_pictures(0.01) == MOST


def test_adapt_without_source_makes_one_for_its_target(target, tmp_path, monkeypatch, capsys):
    asked = []

    def stop(targets):
        asked.append(targets)
        raise InputError("stopped here")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("surgtools.cli.made_source.make_source", stop)
    assert main(["adapt", str(target), "--out", str(tmp_path / "out")]) == 2
    assert "stopped here" in capsys.readouterr().err
    assert asked == [[str(target)]]
