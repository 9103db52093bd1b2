"""Running: the dataset depends on nothing but the seed, and a killed run goes on."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from data_gen.job import Job
from data_gen.run import frame_path, write_clips
from data_gen.video import stored_frames
from surgtools.annotations.coco import load_coco
from surgtools.files import write_json
from surgtools.rig_file import read_rig_file

pytestmark = pytest.mark.blender

_ROOT = Path(__file__).resolve().parents[2]
_NUM = 4


def start(out: Path, workers: int = 1, **fields) -> subprocess.Popen:
    request = {
        "task": "frames",
        "preset": "occlusion",
        "out": str(out),
        "num": _NUM,
        "workers": workers,
        "shard": [1, 1],
        "models": [],
        "card": False,
        "overrides": {"resolution": [96, 64], "render": {"samples": 2}},
        **fields,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "data_gen", json.dumps(request)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen) -> str:
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a dataset by its name."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    output = finish(start(out, workers=2))
    assert f"{_NUM}/{_NUM} frames" in output
    return out / "train"


def test_a_dataset_has_its_pictures_and_labels(dataset):
    content = load_coco(dataset / "coco_keypoints.json")
    assert [image["file_name"] for image in content["images"]] == [
        f"{i:06d}.jpg" for i in range(_NUM)
    ]
    for image in content["images"]:
        picture = cv2.imread(str(dataset / "images" / image["file_name"]))
        assert picture.shape == (64, 96, 3)
        assert picture.std() > 1
        assert {"fx", "fy", "cx", "cy"} <= set(image["camera"])
    assert content["annotations"]
    for annotation in content["annotations"]:
        assert np.array(annotation["keypoints_3d"]).shape == (5, 3)
        assert np.array(annotation["pose"]).shape == (4, 4)
        assert annotation["segmentation"]["size"] == [64, 96]


def test_a_killed_run_ends_with_the_dataset_of_an_uninterrupted_one(dataset, tmp_path):
    process = start(tmp_path)
    whole = f".frames/{6 * '[0-9]'}.json"  # what is still being written has another name
    while not list((tmp_path / "train").glob(whole)):
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list((tmp_path / "train").glob(whole)))
    assert not (tmp_path / "train" / "coco_keypoints.json").exists()
    output = finish(start(tmp_path))
    assert f"{done} of {_NUM} frames are there already and are reused" in output
    assert contents(tmp_path / "train") == contents(dataset)


def test_a_clip_is_a_playable_video_with_one_label_per_frame(tmp_path):
    finish(start(tmp_path, preset="plain", video=_NUM, split="test", seed=1))
    content = load_coco(tmp_path / "test" / "coco_keypoints.json")
    assert [image["frame_id"] for image in content["images"]] == list(range(_NUM))
    assert {image["video_id"] for image in content["images"]} == {1}
    tracks = {}
    for annotation in content["annotations"]:
        tracks.setdefault(annotation["track_id"], set()).add(annotation["category_id"])
    assert tracks and all(len(categories) == 1 for categories in tracks.values())
    with av.open(str(tmp_path / "test" / "clip_0000.mp4")) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        frames = [frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)]
    assert len(frames) == _NUM
    first = cv2.imread(str(tmp_path / "test" / "images" / "000000.jpg"))
    assert np.abs(frames[0].astype(int) - first).mean() < 12


def write_clips_of(job: Job) -> list[Path]:
    """The clips of a job whose pictures are plain gray."""
    for index in job.indices():
        picture = job.folder / "images" / f"{index:06d}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(picture), np.full((48, 64, 3), 20 * index, np.uint8))
        write_json(frame_path(job, index), {"image": {"rate_factor": 20}})
    write_clips(job, job.indices())
    return sorted(job.folder.glob("*.mp4"))


def test_a_clip_that_grows_or_shrinks_is_written_anew_and_a_whole_one_is_kept(tmp_path):
    def written(num):
        clips = write_clips_of(Job("plain", str(tmp_path), num=num, video=4))
        return [stored_frames(clip) for clip in clips], clips[0].stat().st_mtime_ns

    first, made = written(6)
    assert first == [4, 2]
    assert written(8) == ([4, 4], made)
    assert written(7) == ([4, 3], made)


def test_each_job_of_a_process_has_its_own_preset(tmp_path):
    for fps in (10, 20):
        rate = {"motion": {"fps": fps}}
        job = Job("plain", str(tmp_path / str(fps)), num=4, video=4, overrides=rate)
        with av.open(str(write_clips_of(job)[0])) as clip:
            assert clip.streams.video[0].average_rate == fps


def test_the_cameras_of_a_rig_see_one_scene_from_where_its_file_says(tmp_path):
    camera = {"width": 96, "height": 64, "fx": 100, "fy": 100, "cx": 47.5, "cy": 31.5}
    (tmp_path / "camera.json").write_text(json.dumps(camera))
    asked = {"preset": "plain", "num": 2, "camera": str(tmp_path / "camera.json"), "seed": 1}
    asked["overrides"] = {"render": {"samples": 1}}
    finish(start(tmp_path, rig=2, rig_angle=40, **asked))
    tables = read_rig_file(tmp_path / "rig.toml")
    first, second = (
        load_coco(tmp_path / table["name"] / "train/coco_keypoints.json")["annotations"]
        for table in tables
    )
    turn = cv2.Rodrigues(np.array(tables[1]["rotation"]))[0]
    found = 0
    for one in first:
        points = np.array(one["keypoints_3d"]) @ turn.T + np.array(tables[1]["translation"]) / 1000
        for other in second:
            if (one["image_id"], one["category_id"]) == (other["image_id"], other["category_id"]):
                apart = points[:, None] - np.array(other["keypoints_3d"])[None]
                found += np.linalg.norm(apart, axis=2).min(axis=1).max() < 1e-4
    assert found > 0


def test_a_refused_rig_leaves_the_file_of_its_cameras(tmp_path, monkeypatch, capsys):
    from data_gen import __main__ as command

    monkeypatch.setattr("data_gen.run.run_job", lambda job, *_: job.folder)
    camera = tmp_path / "camera.json"

    def run(angle, distortion=0.0, split="train"):
        values = {"width": 96, "height": 64, "fx": 100, "fy": 100, "cx": 47.5, "cy": 31.5}
        camera.write_text(json.dumps({**values, "distortion": distortion}))
        request = {"task": "frames", "preset": "plain", "out": str(tmp_path / "out"), "num": 2}
        request |= {"workers": 1, "shard": [1, 1], "models": [], "card": False}
        request["split"] = split
        return command.main({**request, "camera": str(camera), "rig": 2, "rig_angle": angle})

    assert run(30, distortion=0.05) == 2
    assert "without distortion" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert run(30) == 0
    before = (tmp_path / "out/rig.toml").read_text()
    for split in ("train", "val"):
        assert run(50, split=split) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "out/rig.toml: tells of cameras with another `rotation`, which earlier" in line
        assert (tmp_path / "out/rig.toml").read_text() == before
        assert not (tmp_path / "out/cam_0/val").exists()
    assert run(30, split="val") == run(30) == 0
    (tmp_path / "out/rig.toml").unlink()
    assert run(50) == 2
    assert "cam_0/train: was made with another `view.angle`" in capsys.readouterr().err


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path):
    process = start(tmp_path, preset="unknown")
    output, _ = process.communicate()
    assert process.returncode == 2
    assert output.startswith("surgtools generate: preset 'unknown' is unknown")
    assert output.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    from data_gen import __main__ as command

    def task():
        raise OSError(errno.ENOSPC, "No space left on device", "train/images/000000.jpg")

    monkeypatch.setitem(command._TASKS, "card", task)
    assert command.main({"task": "card"}) == 2
    said = capsys.readouterr().err
    assert said.startswith("surgtools generate: no space left on the disk for train/images")
    assert said.count("\n") == 1


def test_an_interrupt_while_libraries_are_imported_is_one_line(tmp_path):
    code = f"""
import json, runpy, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "data_gen.job":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:  # as numpy does
                raise ImportError("should not try to import numpy from its source directory")
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
fields = {{"workers": 1, "shard": [1, 1], "models": [], "labels_only": True, "num": 1}}
fields |= {{"task": "frames", "preset": "tabletop", "out": {str(tmp_path / "out")!r}}}
sys.argv[1:] = [json.dumps(fields)]
runpy.run_module("data_gen", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr == "surgtools generate: interrupted; start again to go on\n"
    assert not (tmp_path / "out").exists()
