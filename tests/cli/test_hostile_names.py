"""No command writes outside its output folder, whatever a file calls its pictures.

Every command that makes paths from names in files gets files with hostile names. It may refuse
them or do its work; the tree beside the output folder must stay as it was.
"""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

NAMES = {
    "up": "../outside/a.jpg",
    "far up": "../../../outside/a.jpg",
    "absolute": "{outside}/a.jpg",
    "backslashes": "..\\..\\outside\\a.jpg",
    "drive": "C:\\outside\\a.jpg",
    "link in the output": "way/a.jpg",
    "nul": "a\0.jpg",
    "long": "n" * 300 + ".jpg",
}
ENDS = (0, 1, 2)
"""Done, problems found by ``check``, refused. That nothing else changed is in ``Place.run``."""

FORMATS = ("yolo", "cvat-images", "cvat-video", "label-studio", "coco")


def data_words(action: str, file: Path, place) -> list:
    out, images = place.out, place.data / "images"
    if action.startswith("to "):
        return ["convert", file, out, "--from", "coco", "--to", action.removeprefix("to ")]
    return {
        "merge": ["merge", file, file, "--out", out / "m.json"],
        "merge pictures": [
            "merge",
            file,
            file,
            "--out",
            out / "m.json",
            "--pictures",
            "link",
        ],
        "split": ["split", file, "--out-dir", out, "--ratios", 0.5, 0.5, "--pictures", "copy"],
        "overlay": ["overlay", file, "--out-dir", out],
        "overlay of crops": ["overlay", file, "--out-dir", out, "--crop"],
        "paste": ["paste", file, "--backgrounds", images, "--out", out, "--num", 4],
        "cut": ["cut", file, "--out-dir", out],
        "check": ["check", file, "--html", out / "c.html", "--json", out / "c.json"],
        "check and fix": ["check", file, "--fix", out / "fixed.json"],
        "stats": ["stats", file, "--html", out / "s.html"],
        "sigmas": ["sigmas", file, file, "--json", out / "sigmas.json"],
    }[action]


ACTIONS = (
    *("merge", "merge pictures", "split", "overlay", "overlay of crops", "cut"),
    *("paste", "check"),
    *("check and fix", "stats", "sigmas"),
    *(f"to {target}" for target in FORMATS),
)
TRUSTING = ("cut", "paste", *(f"to {target}" for target in FORMATS))


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("action", ACTIONS)
def test_coco_files(action, kind, place):
    file = place.coco(NAMES[kind].format(outside=place.outside))
    assert place.run("data", *data_words(action, file, place)) in ENDS


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("action", TRUSTING)
def test_coco_files_that_are_trusted(action, kind, place):
    file = place.coco(NAMES[kind].format(outside=place.outside))
    assert place.run("data", *data_words(action, file, place), "--allow-outside") in ENDS


def cvat_images(name: str) -> str:
    labels = "<labels><label><name>pin</name><type>skeleton</type></label></labels>"
    meta = f"<meta><task>{labels}</task></meta>"
    name = name.replace("\0", "")
    return f'<annotations>{meta}<image name="{name}" width="64" height="48"/></annotations>'


def cvat_video(name: str) -> str:
    labels = "<labels><label><name>pin</name><type>skeleton</type></label></labels>"
    numbers = "<start_frame>0</start_frame><stop_frame>1</stop_frame>"
    size = "<original_size><width>64</width><height>48</height></original_size>"
    name = name.replace("\0", "")
    task = f"<task><name>{name}</name>{numbers}{size}{labels}</task>"
    pattern = f"{name.removesuffix('.jpg')}{{:01d}}.jpg"
    return f"<annotations><meta>{task}<source>{pattern}</source></meta></annotations>"


def label_studio(name: str) -> str:
    data = {"width": 64, "height": 48}
    tasks = [{"file_name": name}, {"image": f"/data/local-files/?d={name}"}]
    return json.dumps([{"data": {**data, **task}} for task in tasks])


def label_studio_split(name: str) -> str:
    data = {"width": 64, "height": 48, "file_name": "a.jpg", "split": name}
    return json.dumps([{"data": data}])


def predictions(name: str) -> str:
    size = {"width": 64, "height": 48, "instances": []}
    return json.dumps({"instance_info": [{"image": name, **size}, {"video": name, **size}]})


SOURCES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "cvat-images": ("cvat-images", "annotations.xml", cvat_images),
    "cvat-video": ("cvat-video", "annotations.xml", cvat_video),
    "label-studio": ("label-studio", "tasks.json", label_studio),
    "label-studio split": ("label-studio", "tasks.json", label_studio_split),
    "predictions": ("predictions", "predictions.json", predictions),
}


@pytest.mark.parametrize("trust", [(), ("--allow-outside",)], ids=["", "trusted"])
@pytest.mark.parametrize("target", ["yolo", "coco"])
@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("source", SOURCES)
def test_files_of_other_tools(source, kind, target, trust, place):
    form, file_name, make = SOURCES[source]
    file = place.data / file_name
    file.write_text(make(NAMES[kind].format(outside=place.outside)))
    words = ("data", "convert", file, place.out, "--from", form, "--to", target, *trust)
    assert place.run(*words) in ENDS


@pytest.mark.parametrize("trust", [(), ("--allow-outside",)], ids=["", "trusted"])
@pytest.mark.parametrize("key", ["path", "train", "list"])
@pytest.mark.parametrize("name", ["../../outside", "{outside}", "..\\outside", "images/way"])
def test_yolo_folders(name, key, trust, place):
    name = name.format(outside=place.outside)
    (place.data / "images/way").symlink_to(place.outside)
    settings = {"train": "images", "kpt_shape": [5, 3], "names": ["tweezers"]}
    if key == "list":
        settings["train"] = "train.txt"
        (place.data / "train.txt").write_text(f"{name}/a.jpg\n")
    else:
        settings[key] = name
    (place.data / "data.yaml").write_text(yaml.safe_dump(settings))
    for target in ("coco", "yolo"):
        words = ("data", "convert", place.data, place.out, "--from", "yolo", "--to", target)
        assert place.run(*words, *trust) in ENDS


@pytest.mark.parametrize("kind", NAMES)
def test_archives(kind, place):
    name = NAMES[kind].format(outside=place.outside).replace("\0", "")
    with zipfile.ZipFile(place.data / "export.zip", "w") as archive:
        archive.writestr("tasks.json", label_studio("a.jpg"))
        archive.writestr(name, b"evil")
    words = ("data", "convert", place.data / "export.zip", place.out / "o.json")
    assert place.run(*words, "--from", "label-studio", "--to", "coco") in ENDS


@pytest.mark.parametrize("kind", NAMES)
def test_scores_and_their_report(kind, place):
    name = NAMES[kind].format(outside=place.outside)
    truth = place.coco("b.jpg")
    (place.data / "p.json").write_text(predictions(name))
    words = ("test", "--data", truth, "--predictions", place.data / "p.json", "--bootstrap", 0)
    assert place.run(*words, "--format", "mmpose", "--out", place.out / "metrics.json") in ENDS
    row = {"file_name": name, "why": "x", "loss": 1.0, "truth": [], "found": []}
    metrics = {"worst": [row], "pictures": str(place.data / "images")}
    (place.out / "metrics.json").write_text(json.dumps(metrics))
    assert place.run("report", place.out / "metrics.json", "--out", place.out / "r.html") in ENDS


def test_the_walk_would_see_a_file_that_changed(place, monkeypatch):
    from surgtools.cli.data import stats

    monkeypatch.setattr(stats, "run", lambda _: shutil.copy(__file__, place.outside / "a.txt"))
    with pytest.raises(AssertionError, match="something beside"):
        assert place.run("data", "stats", place.coco("b.jpg")) in ENDS
