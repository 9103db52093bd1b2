"""Actions that fill a folder replace what they wrote before, and no file that a person made."""

import json

import cv2
import numpy as np
import pytest

from surgtools.own_outputs import RECORD
from surgtools.prediction.video_writer import VideoWriter
from surgtools.taxonomy.files import FILE_NAME, write_taxonomy
from surgtools.taxonomy.surgical import SURGICAL


@pytest.fixture
def given(draw_dataset, tmp_path):
    """An annotation file with layers, a video, and a taxonomy.yaml beside."""
    folder = draw_dataset(train=3, val=1)
    file = folder / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    (folder / "train/layers").mkdir()
    for image in content["images"]:
        image["layer"] = f"{image['id']}.png"
        layer = np.zeros((image["height"], image["width"], 4), np.uint8)
        cv2.imwrite(str(folder / "train/layers" / image["layer"]), layer)
    file.write_text(json.dumps(content))
    write_taxonomy(SURGICAL, folder / FILE_NAME)
    with VideoWriter(tmp_path / "clip.mp4") as writer:
        for level in (0, 200):
            writer.write(np.full((48, 64, 3), level, np.uint8))
    return {"file": file, "clip": tmp_path / "clip.mp4", "images": folder / "train/images"}


ACTIONS = {
    "yolo": (["convert", "{file}", "{out}", "--from", "coco", "--to", "yolo"], "data.yaml"),
    "cvat": (
        ["convert", "{file}", "{out}", "--from", "coco", "--to", "cvat-images"],
        "annotations.xml",
    ),
    "one file": (
        ["convert", "{file}", "{out}/mine.json", "--from", "coco", "--to", "coco"],
        "mine.json",
    ),
    "beside one file": (
        ["convert", "{file}", "{out}/t.json", "--from", "coco", "--to", "label-studio"],
        "label_config.xml",
    ),
    "frames": (["frames", "{clip}", "--out-dir", "{out}"], "clip_000001.jpg"),
    "overlay": (["overlay", "{file}", "--out-dir", "{out}"], "00001.jpg"),
    "split": (
        ["split", "{file}", "--out-dir", "{out}", "--ratios", "0.5", "0.5"],
        "train/coco_keypoints.json",
    ),
    "paste": (
        ["paste", "{file}", "--backgrounds", "{images}", "--out-dir", "{out}", "--num", "2"],
        "coco_keypoints.json",
    ),
    "taxonomy": (["taxonomy", "{file}", "--out", "{out}/own.yaml"], "own.yaml"),
    "taxonomy of paste": (
        ["paste", "{file}", "--backgrounds", "{images}", "--out-dir", "{out}", "--num", "2"],
        FILE_NAME,
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_a_rerun_replaces_its_own_files_and_no_other(name, given, data, tmp_path):
    words, target = ACTIONS[name]
    out = tmp_path / "out"
    words = [word.format(out=out, **given) for word in words]
    for _ in range(2):
        assert data(*words)[0] == 0
    mine = f"{(out / target).read_text(errors='replace')} corrected by hand"
    (out / target).write_text(mine)
    code, _, error = data(*words)
    assert code == 2 and error.count("\n") == 1
    assert f"{out / target}: is there, and is not as an earlier run wrote it; remove it" in error
    assert (out / target).read_text() == mine
    assert data(*words, "--overwrite")[0] == 0
    assert (out / target).read_text(errors="replace") != mine


@pytest.mark.parametrize("name", ["yolo", "overlay", "frames", "paste"])
def test_a_folder_of_an_earlier_version_is_filled_again_or_refused(name, given, data, tmp_path):
    words, target = ACTIONS[name]
    out = tmp_path / "out"
    words = [word.format(out=out, **given) for word in words]
    assert data(*words)[0] == 0
    (out / RECORD).unlink()
    assert data(*words)[0] == 0, "nothing would change"
    (out / RECORD).unlink()
    (out / target).write_text("of an earlier version")
    code, _, error = data(*words)
    assert code == 2 and "choose another place, or give --overwrite" in error
