"""Annotations and predictions of every format, broken, and the commands that read them."""

import json
from pathlib import Path

import numpy as np

from fuzzing.broken_texts import damaged, mutated_text, mutated_xml, write_json
from fuzzing.mutations import ODD_TEXTS, mutate_bytes
from fuzzing.samples import Samples, pack
from fuzzing.sandbox import Action, Sandbox, command


def coco(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = write_json(box, "coco.json", samples.coco, rng)
    _put_pictures(samples, box)
    out = box.out
    (box.inside / "other.json").write_text(json.dumps(samples.coco))
    choices = [
        ("check", file, "--json", out / "r.json", "--html", out / "r.html"),
        ("check", file, "--no-pictures", "--fix", out / "f.json"),
        ("merge", file, box.inside / "other.json", "--out", out / "m/m.json"),
        ("merge", file, file, "--out", out / "m/m.json", "--pictures", "link"),
        ("split", file, "--out-dir", out / "s", "--ratios", 0.5, 0.5),
        ("split", file, "--out-dir", out / "s", "--pictures", "copy", "--group-field", "video_id"),
        ("overlay", file, "--out-dir", out / "o"),
        ("overlay", file, "--out-dir", out / "o", "--crop", "--names"),
        ("stats", file, "--html", out / "s.html"),
        ("sigmas", file, box.inside / "other.json"),
        ("paste", file, "--backgrounds", box.inside, "--out", out / "p", "--num", 2),
    ]
    choices += [
        ("convert", file, target, "--from", "coco", "--to", kind, *extra)
        for kind, target in (
            ("yolo", out / "y"),
            ("cvat-images", out / "c"),
            ("cvat-images", out / "c.xml"),
            ("cvat-video", out / "v"),
            ("label-studio", out / "l"),
            ("coco", out / "k"),
            ("coco-results", out / "r.json"),
        )
        for extra in ((), ("--pictures", "copy"), ("--allow-outside",))
    ]
    return command("data", *choices[rng.integers(len(choices))])


def cvat(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    kind = str(rng.choice(["cvat-images", "cvat-video"]))
    text = samples.cvat_images if kind == "cvat-images" else samples.cvat_video
    data = mutated_xml(text, rng, box) if rng.random() < 0.7 else damaged(text, rng)
    file = box.inside / "annotations.xml"
    file.write_bytes(data)
    _put_pictures(samples, box)
    return _convert(kind, file, box, rng)


def yolo(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    names = sorted(samples.yolo)
    chosen = names[rng.integers(len(names))]
    for name, text in samples.yolo.items():
        path = box.inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        if name == chosen:
            data = mutated_text(name, text, rng, box)
        path.write_bytes(data)
    for name in ("a.jpg", "b.jpg"):
        path = box.inside / "images/train" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(samples.pictures["jpg"])
    return _convert("yolo", box.inside, box, rng)


def label_studio(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = write_json(box, "tasks.json", samples.tasks, rng)
    _put_pictures(samples, box)
    return _convert("label-studio", file, box, rng)


def predictions(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    (box.inside / "coco.json").write_text(json.dumps(samples.coco))
    _put_pictures(samples, box)
    kind = int(rng.integers(4))
    if kind == 0:
        return _convert(
            "predictions", write_json(box, "p.json", samples.predictions, rng), box, rng
        )
    if kind == 3:
        name, text = "a.txt", samples.yolo["labels/train/a.txt"].replace("\n", " 0.9\n")
        (box.inside / "txt").mkdir()
        (box.inside / "txt" / name).write_bytes(mutated_text(name, text, rng, box))
        source, form = box.inside / "txt", "yolo"
    else:
        content = samples.predictions if kind == 1 else samples.results
        source, form = write_json(box, "p.json", content, rng), ("mmpose", "coco")[kind - 1]
    words = ("test", "--data", box.inside / "coco.json", "--predictions", source)
    return command(*words, "--format", form, "--bootstrap", 0, "--out", box.out / "m.json")


def boxes(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = write_json(box, "boxes.json", samples.boxes, rng)

    def run() -> None:
        from surgtools.prediction.box_file import load_boxes
        from surgtools.prediction.sources import Frame, Source

        source = Source("a.jpg", "image", "a")
        frame = Frame(source, np.zeros((48, 64, 3), np.uint8))
        boxes = load_boxes(file)
        named = boxes.keep_named([source], lambda problem: None)
        frames = [frame for _ in named]
        list(boxes.give([list(boxes.keep_listed(frames, lambda problem: None))]))

    return run


def archives(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    kind = str(rng.choice(["cvat-images", "label-studio"]))
    text = samples.cvat_images if kind == "cvat-images" else json.dumps(samples.tasks)
    name = "annotations.xml" if kind == "cvat-images" else "tasks.json"
    files = {name: text.encode(), "images/a.jpg": samples.pictures["jpg"]}
    if rng.random() < 0.6:
        odd = str(rng.choice(ODD_TEXTS)).replace("{outside}", str(box.outside))[:60000]
        files[f"{odd}.json"] = b"[]"
    data = pack(files)
    file = box.inside / "export.zip"
    file.write_bytes(mutate_bytes(data, rng) if rng.random() < 0.6 else data)
    return _convert(kind, file, box, rng)


def _convert(kind: str, source: Path, box: Sandbox, rng: np.random.Generator) -> Action:
    target = [box.out / "k", box.out / "k.json", box.out / "y"][rng.integers(3)]
    to = "yolo" if target.name == "y" else "coco"
    extra = ("--allow-outside",) if rng.random() < 0.15 else ()
    return command("data", "convert", source, target, "--from", kind, "--to", to, *extra)


def _put_pictures(samples: Samples, box: Sandbox) -> None:
    for name in ("a.jpg", "b.jpg"):
        (box.inside / name).write_bytes(samples.pictures["jpg"])
    (box.inside / "layers").mkdir()
    for number in range(2):
        (box.inside / "layers" / f"{number}.png").write_bytes(samples.pictures["png"])
