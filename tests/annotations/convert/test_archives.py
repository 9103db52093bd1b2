"""Exports as .zip are read like the folder in them; hostile ones are refused."""

import json
import zipfile

import pytest

from surgtools.annotations.convert import Options, convert
from surgtools.annotations.convert.archives import opened
from surgtools.errors import InputError


def packed(path, files: dict[str, bytes], compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def zipped(folder, path, inside: str = ""):
    files = {p for p in folder.rglob("*") if p.is_file()}
    return packed(path, {f"{inside}{p.relative_to(folder)}": p.read_bytes() for p in files})


@pytest.mark.parametrize("name", ["cvat-images", "cvat-video", "label-studio", "yolo", "coco"])
@pytest.mark.parametrize("inside", ["", "export/"])
def test_an_export_is_read_as_its_folder(name, inside, draw_dataset, tmp_path):
    source = draw_dataset(train=2) / "train/coco_keypoints.json"
    convert(source, tmp_path / "there", "coco", name, Options())
    archive = zipped(tmp_path / "there", tmp_path / "export.zip", inside)
    convert(archive, tmp_path / "back", name, "coco", Options())
    content = json.loads((tmp_path / "back/train/coco_keypoints.json").read_text())
    assert len(content["images"]) == 2 and len(content["annotations"]) == 4
    assert content["info"] == {"converted_from": str(archive)}
    with_pictures = name not in ("cvat-video", "label-studio")  # those name them only
    assert (tmp_path / "back/train/images/00001.jpg").is_file() == with_pictures


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "a\\..\\..\\evil.json"])
def test_nothing_is_unpacked_outside(name, tmp_path):
    archive = packed(tmp_path / "a.zip", {name: b"{}"})
    with pytest.raises(InputError, match="a.zip: "), opened(archive):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_only_what_is_needed_is_unpacked(tmp_path):
    names = ["a.json", "run.sh", "__MACOSX/._a.json", ".git/b.json", "images/a.JPG"]
    archive = packed(tmp_path / "a.zip", dict.fromkeys(names, b"{}"))
    with opened(archive) as folder:
        found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert found == ["a.json", "images/a.JPG"]
    assert not folder.exists()


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path):
    zeros = {"a.json": bytes(2 * 10**8)}
    archive = packed(tmp_path / "a.zip", zeros, zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="unpacks from .* to 200000000 bytes"), opened(archive):
        pass


def test_damage_is_named_with_the_archive(tmp_path):
    archive = packed(tmp_path / "a.zip", {"tasks.json": b"[" + b" " * 500 + b"]"})
    data = bytearray(archive.read_bytes())
    data[100] ^= 255
    archive.write_bytes(data)
    with pytest.raises(InputError, match="a.zip: cannot be unpacked"), opened(archive):
        pass


def test_faults_inside_are_named_with_the_archive(tmp_path):
    archive = packed(tmp_path / "a.zip", {"tasks.json": b"{}"})
    with pytest.raises(InputError, match=r"a\.zip: tasks\.json: a list of tasks"):
        convert(archive, tmp_path / "o.json", "label-studio", "coco", Options())


def test_other_paths_are_left_alone(tmp_path):
    for path in (tmp_path, tmp_path / "none", tmp_path / "a.xml"):
        (tmp_path / "a.xml").write_text("<a/>")
        with opened(path) as same:
            assert same == path
