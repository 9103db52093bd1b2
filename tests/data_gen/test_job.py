"""A job: what it depends on, which frames are its own, and whose folder it may write to."""

from dataclasses import replace
from pathlib import Path

import pytest

from data_gen.job import Job, at_camera_resolution, check_job, claim_folder
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import read_taxonomy


def test_shards_divide_the_frames_without_rest_or_overlap(tmp_path):
    parts = [Job("plain", str(tmp_path), num=10, shard=(i, 3)).indices() for i in (1, 2, 3)]
    assert parts == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]


def test_a_clip_stays_in_one_shard(tmp_path):
    parts = [Job("plain", str(tmp_path), num=10, video=4, shard=(i, 2)).indices() for i in (1, 2)]
    assert parts == [[0, 1, 2, 3, 8, 9], [4, 5, 6, 7]]


def test_splits_never_share_a_seed(tmp_path):
    seeds = {tuple(Job("plain", "x", 1, seed=4, split=s).seeds) for s in ("train", "val", "test")}
    assert len(seeds) == 3


def test_a_folder_is_taken_up_again_by_the_same_settings_and_more_frames(tmp_path):
    def files():
        return {p.name: p.read_text() for p in tmp_path.rglob("*") if p.is_file()}

    claim_folder(Job("plain", str(tmp_path), num=3))
    before = files()
    claim_folder(Job("plain", str(tmp_path), num=30))
    assert before and files() == before


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"seed": 1}, "seed"),
        ({"layers": True}, "layers"),
        ({"labels_only": True}, "labels_only"),
        ({"preset": "hdri"}, "preset"),
        ({"overrides": {"resolution": [64, 64]}}, "ranges.resolution"),
        ({"shard": (1, 2)}, "shard"),
    ],
)
def test_a_folder_made_with_other_settings_is_refused_by_key(tmp_path, changes, key):
    claim_folder(Job("plain", str(tmp_path), num=3))
    message = f"was made with another `{key}`; choose another --out-dir"
    with pytest.raises(InputError, match=message):
        claim_folder(Job(**{"preset": "plain", "out": str(tmp_path), "num": 3, **changes}))


def camera_file(path, fx):
    write_json(path, {"width": 64, "height": 48, "fx": fx, "fy": 400, "cx": 31, "cy": 23})
    return str(path)


def test_another_camera_under_the_same_name_is_refused(tmp_path):
    job = Job("plain", str(tmp_path / "d"), num=3)
    job = replace(job, camera=camera_file(tmp_path / "camera.json", 400))
    claim_folder(job)
    claim_folder(replace(job, camera=camera_file(tmp_path / "moved.json", 400)))
    camera_file(tmp_path / "camera.json", 600)
    with pytest.raises(InputError, match=r"was made with another `camera\.fx`"):
        claim_folder(job)


@pytest.mark.parametrize("changed", ["holder.yaml", "jaw.stl"])
def test_another_model_under_the_same_name_is_refused(tmp_path, changed, monkeypatch):
    monkeypatch.setattr("data_gen.job.load_own_models", lambda *_: ({}, SURGICAL))
    keys = {"category": "tweezers", "units": "mm", "keypoints": {}}
    content = {**keys, "parts": {"a": "jaw.stl", "b": {"mesh": "jaw.stl"}}}
    write_json(tmp_path / "holder.yaml", content)  # JSON is YAML, too
    (tmp_path / "jaw.stl").write_text("solid")
    job = Job("plain", str(tmp_path / "d"), num=3, models=(str(tmp_path / "holder.yaml"),))
    claim_folder(job)
    claim_folder(job)
    with (tmp_path / changed).open("a") as file:
        file.write(" ")
    with pytest.raises(InputError, match=f"another `model_files.*{changed}`"):
        claim_folder(job)


def test_a_folder_of_an_earlier_version_goes_by_the_names_of_files(tmp_path):
    job = Job("plain", str(tmp_path / "d"), num=3)
    job = replace(job, camera=camera_file(tmp_path / "camera.json", 400))
    claim_folder(job)
    path = job.folder / "generate.json"
    write_json(path, {**read_json(path), "camera": job.camera})
    claim_folder(job)
    other = replace(job, camera=camera_file(tmp_path / "moved.json", 400))
    with pytest.raises(InputError, match="was made with another `camera`"):
        claim_folder(other)

    scissors = Path("docs/extend/scissors")
    job = replace(
        job,
        out=str(tmp_path / "own"),
        models=(str(scissors / "scissors.yaml"),),
        taxonomy=str(scissors / "taxonomy.yaml"),
    )
    claim_folder(job)
    path = job.folder / "generate.json"
    content = read_json(path)
    del content["model_files"]
    write_json(path, content)
    claim_folder(job)


def test_a_dataset_of_other_origin_is_not_overwritten(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "coco_keypoints.json").write_text("{}")
    with pytest.raises(InputError, match="this generator did not make"):
        claim_folder(Job("plain", str(tmp_path), num=3))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file.*cannot be written"):
        claim_folder(Job("plain", str(tmp_path / "file"), num=3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num": 0}, "--num 0"),
        ({"split": "training"}, "--split training"),
        ({"shard": (3, 2)}, "--shard 3/2"),
        ({"video": 5, "layers": True}, "exclude each other"),
        ({"overrides": {"resolution": [8, 8]}}, "--resolution 8x8"),
        ({"backgrounds": "/nowhere"}, "/nowhere: no such folder"),
        ({"hdris": "/nowhere"}, "/nowhere: no such folder"),
        ({"camera": "/nowhere.json"}, "/nowhere.json: no such file"),
    ],
)
def test_every_mistake_is_found_before_the_first_frame(tmp_path, changes, message):
    job = Job(**{"preset": "plain", "out": str(tmp_path / "x"), "num": 3, **changes})
    with pytest.raises(InputError, match=message):
        check_job(job)
    assert not (tmp_path / "x").exists()


def test_pictures_are_as_large_as_the_cameras_unless_asked_for(tmp_path):
    path = tmp_path / "camera.json"
    write_json(path, {"width": 1920, "height": 1080, "fx": 1500, "fy": 1500, "cx": 959, "cy": 539})
    job = Job("plain", str(tmp_path), num=1, camera=str(path))
    assert at_camera_resolution(job).overrides == {"resolution": [1920, 1080]}
    small = replace(job, overrides={"resolution": [480, 270]})
    assert at_camera_resolution(small) == small
    with pytest.raises(InputError, match="480x360 has another shape than .*1920x1080"):
        at_camera_resolution(replace(job, overrides={"resolution": [480, 360]}))
    assert at_camera_resolution(replace(job, camera=None)).overrides == {}


def test_the_dataset_gets_what_is_labelled_and_keeps_to_it(tmp_path):
    scissors = Path("docs/extend/scissors")
    own = {
        "models": (str(scissors / "scissors.yaml"),),
        "taxonomy": str(scissors / "taxonomy.yaml"),
    }
    claim_folder(Job("plain", str(tmp_path), num=3, **own))
    assert read_taxonomy(tmp_path / "taxonomy.yaml").classes[-1] == "scissors"
    claim_folder(Job("plain", str(tmp_path), num=3, split="val", **own))
    with pytest.raises(InputError, match="holds a dataset of other categories .*scissors; now"):
        claim_folder(Job("plain", str(tmp_path), num=3, split="test"))
    claim_folder(Job("plain", str(tmp_path / "usual"), num=3))
    assert not (tmp_path / "usual/taxonomy.yaml").exists()


@pytest.mark.parametrize("other", [{"video": 3}, {"layers": True}])
def test_labels_without_pictures_have_neither_clips_nor_layers(tmp_path, other):
    job = Job("tabletop", str(tmp_path), num=3, labels_only=True, **other)
    with pytest.raises(InputError, match="--labels-only makes single layouts"):
        check_job(job)
