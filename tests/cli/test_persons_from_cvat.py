"""Persons labelled in CVAT: two exports, merged, split by video and trained, by commands alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.cli import main
from surgtools.taxonomy import COCO_PERSON
from surgtools.taxonomy.files import read_taxonomy

PERSON = COCO_PERSON.categories[0]
CONFIG = "rtmpose-t_60e_coco-person-256x192"


def export_from_cvat(folder: Path, names: Sequence[str], seed: int) -> Path:
    """Pictures and what CVAT for images 1.1 writes of one labelled person in each."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    entries = []
    for number, name in enumerate(names):
        picture = rng.integers(40, 200, (96, 64, 3), np.uint8)
        cv2.imwrite(str(folder / "images" / name), picture)
        points = "".join(
            f'<points label="{keypoint}" source="manual" outside="{int(hidden == 0)}" '
            f'occluded="{int(hidden == 1)}" points="{x:.2f},{y:.2f}"></points>'
            for keypoint, hidden, x, y in zip(
                PERSON.keypoints,
                rng.choice(4, 17, p=[0.1, 0.2, 0.4, 0.3]),
                rng.uniform(8, 56, 17),
                rng.uniform(8, 88, 17),
                strict=True,
            )
        )
        entries.append(
            f'<image id="{number}" name="{name}" width="64" height="96">'
            f'<skeleton label="person" source="manual" z_order="0">{points}</skeleton></image>'
        )
    sub = "".join(
        f"<label><name>{name}</name><type>points</type><parent>person</parent></label>"
        for name in PERSON.keypoints
    )
    labels = f"<labels><label><name>person</name><type>skeleton</type></label>{sub}</labels>"
    text = f"<annotations><meta><task>{labels}</task></meta>{''.join(entries)}</annotations>"
    (folder / "annotations.xml").write_text(f"<?xml version='1.0'?>{text}")
    return folder


def make_dataset(tmp_path: Path) -> Path:
    """Six videos in two exports to one dataset folder."""
    files = []
    for number in range(2):
        videos = range(3 * number, 3 * number + 3)
        names = [f"ward_{v}_day_{f:04d}.jpg" for v in videos for f in range(2)]
        export = export_from_cvat(tmp_path / f"export{number}", names, number)
        target = tmp_path / f"coco{number}"
        how = ["--from", "cvat-images", "--to", "coco", "--images", str(export / "images")]
        assert main(["data", "convert", str(export), str(target), *how]) == 0
        files += map(str, target.rglob("coco_keypoints.json"))
    merged = tmp_path / "all/coco_keypoints.json"
    assert main(["data", "merge", *files, "--out", str(merged), "--pictures", "copy"]) == 0
    data = tmp_path / "data"
    split = ["--ratios", "0.5", "0.5", "--group-pattern", "(.+)_[^_]+_[0-9]+"]
    assert main(["data", "split", str(merged), "--out-dir", str(data), *split]) == 0
    return data


def test_videos_stay_whole_and_the_person_is_recognised(tmp_path):
    data = make_dataset(tmp_path)
    videos = {}
    for part in ("train", "val"):
        content = json.loads((data / part / "coco_keypoints.json").read_text())
        names = [image["file_name"] for image in content["images"]]
        assert all((data / part / "images" / name).is_file() for name in names)
        assert {row["name"] for row in content["categories"]} == {"person"}
        videos[part] = {name.rsplit("_", 2)[0] for name in names}
        assert len(names) == 2 * len(videos[part])
    assert not videos["train"] & videos["val"]
    assert videos["train"] | videos["val"] == {f"ward_{video}" for video in range(6)}
    taxonomy = tmp_path / "taxonomy.yaml"
    assert main(["data", "taxonomy", str(data), "--out", str(taxonomy)]) == 0
    (person,) = read_taxonomy(taxonomy).categories
    assert (person.keypoints, person.sigmas) == (PERSON.keypoints, PERSON.sigmas)
    assert person.swaps == PERSON.swaps
    assert not person.image_sides


@pytest.mark.slow
def test_a_network_of_persons_trains_on_them(tmp_path):
    data, work = make_dataset(tmp_path), tmp_path / "work"
    small = ["train_dataloader.num_workers=0", "train_dataloader.persistent_workers=False",
             "val_dataloader.num_workers=0", "val_dataloader.persistent_workers=False",
             "train_dataloader.batch_size=4"]  # fmt: skip
    asked = ["train", CONFIG, "--data", str(data), "--work-dir", str(work), "--epochs", "1"]
    assert main([*asked, "--cfg-options", *small]) == 0
    assert list(work.glob("*.pth"))
