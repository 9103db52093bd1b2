"""What is fuzzed: for every kind of input, how a case breaks a sample and what is run on it.

A subject takes samples, a sandbox and a random generator, writes its input into ``in`` and returns
the action to run.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fuzzing import generator_inputs
from fuzzing.mutations import (
    ODD_TEXTS,
    mutate_bytes,
    mutate_lines,
    mutate_structure,
    odd_value,
)
from fuzzing.samples import Samples, pack
from fuzzing.sandbox import Sandbox

Action = Callable[[], int | None]
Subject = Callable[[Samples, Sandbox, np.random.Generator], Action]


def command(*words: object) -> Action:
    """A call of the ``surgtools`` command in this process."""

    def run() -> int:
        from surgtools.cli import main

        return main([str(word) for word in words])

    return run


def coco(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = _json(box, "coco.json", samples.coco, rng)
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
    data = _mutated_xml(text, rng, box) if rng.random() < 0.7 else _damaged(text, rng)
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
            data = _mutated_text(name, text, rng, box)
        path.write_bytes(data)
    for name in ("a.jpg", "b.jpg"):
        path = box.inside / "images/train" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(samples.pictures["jpg"])
    return _convert("yolo", box.inside, box, rng)


def label_studio(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = _json(box, "tasks.json", samples.tasks, rng)
    _put_pictures(samples, box)
    return _convert("label-studio", file, box, rng)


def predictions(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    (box.inside / "coco.json").write_text(json.dumps(samples.coco))
    _put_pictures(samples, box)
    kind = int(rng.integers(4))
    if kind == 0:
        return _convert("predictions", _json(box, "p.json", samples.predictions, rng), box, rng)
    if kind == 3:
        name, text = "a.txt", samples.yolo["labels/train/a.txt"].replace("\n", " 0.9\n")
        (box.inside / "txt").mkdir()
        (box.inside / "txt" / name).write_bytes(_mutated_text(name, text, rng, box))
        source, form = box.inside / "txt", "yolo"
    else:
        content = samples.predictions if kind == 1 else samples.results
        source, form = _json(box, "p.json", content, rng), ("mmpose", "coco")[kind - 1]
    words = ("test", "--data", box.inside / "coco.json", "--predictions", source)
    return command(*words, "--format", form, "--bootstrap", 0, "--out", box.out / "m.json")


def boxes(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = _json(box, "boxes.json", samples.boxes, rng)

    def run() -> None:
        from surgtools.prediction.detection import boxes_from_file, load_boxes
        from surgtools.prediction.sources import Frame, Source

        source = Source("a.jpg", "image", "a")
        frame = Frame(source, np.zeros((48, 64, 3), np.uint8))
        list(boxes_from_file([[frame]], load_boxes(file)))

    return run


def configs(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = box.inside / "config.py"
    data = samples.config.encode()
    options: list[str] = []
    if rng.random() < 0.5:
        options = [f"model.bbox_head.num_classes={odd_value(rng)}", str(odd_value(rng))]
        options = options[: int(rng.integers(1, 3))]
    else:
        data = _without_nul(_mutated_text("config.py", samples.config, rng, box))
    file.write_bytes(data)

    def run() -> None:
        from surgtools.hosts.config_files import load_config, require_classes

        require_classes(load_config(file, options, data_root=box.inside))

    return run


def taxonomies(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    if rng.random() < 0.6:
        file = box.inside / "taxonomy.yaml"
        file.write_bytes(_yaml(samples.taxonomy, rng))
    else:
        file = box.inside / "dataset.py"
        text = _mutated_text("dataset.py", samples.dataset_info, rng, box)
        file.write_bytes(_without_nul(text))

    def run() -> None:
        from surgtools.taxonomy.files import read_taxonomy

        read_taxonomy(file, samples.coco["categories"])

    return run


def generator(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    if rng.random() < 0.3:
        file = _json(box, "camera.json", samples.camera, rng)
        return lambda: generator_inputs.read("camera", file)
    file = box.inside / "preset.yaml"
    file.write_bytes(_yaml(samples.presets, rng))
    return lambda: generator_inputs.read("preset", file)


def checkpoints(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    import torch

    content: Any = {
        "state_dict": {"weight": torch.ones(2, 2), "bias": torch.zeros(2)},
        "meta": {"cfg": samples.config, "epoch": 3, "provenance": {"seed": 1, "data": [{}]}},
    }
    if rng.random() < 0.6:
        content = mutate_structure(content, rng, int(rng.integers(1, 3)))
    file = box.inside / "model.pth"
    torch.save(content, file)
    if rng.random() < 0.5:
        file.write_bytes(mutate_bytes(file.read_bytes(), rng))
    kind = int(rng.integers(4))
    if kind < 3:
        return command("info", file, *(() if kind == 0 else (("--json", "--config")[kind - 1],)))

    def run() -> None:
        from surgtools.hosts.checkpoints import load_weights

        load_weights(torch.nn.Linear(2, 2), file)

    return run


def pictures(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    names = sorted(samples.pictures)
    name = names[rng.integers(len(names))]
    others = [samples.pictures[other] for other in names]
    file = box.inside / f"a.{name}"
    file.write_bytes(mutate_bytes(samples.pictures[name], rng, others))

    def run() -> None:
        from surgtools.images import read_image

        image = read_image(file)
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise AssertionError(f"a picture of shape {image.shape}, {image.dtype}")

    return run


def videos(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    names = sorted(samples.videos)
    name = names[rng.integers(len(names))]
    others = [samples.videos[other] for other in names]
    file = box.inside / f"clip.{name}"
    file.write_bytes(mutate_bytes(samples.videos[name], rng, others))
    if rng.random() < 0.3:
        return command("data", "frames", file, "--out-dir", box.out / "f")

    def run() -> None:
        from surgtools.prediction.frame_reader import read_frames
        from surgtools.prediction.sources import find_sources

        problems: list = []
        sources = find_sources([str(box.inside)], problems.append)
        frames = list(read_frames(sources, problems.append))
        if not frames and not problems:
            raise AssertionError("neither a frame nor a problem")

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


SUBJECTS: dict[str, tuple[Subject, int]] = {
    "coco": (coco, 6),
    "cvat": (cvat, 3),
    "yolo": (yolo, 3),
    "label studio": (label_studio, 3),
    "predictions": (predictions, 3),
    "boxes": (boxes, 1),
    "configs": (configs, 1),
    "taxonomies": (taxonomies, 1),
    "generator": (generator, 1),
    "checkpoints": (checkpoints, 2),
    "pictures": (pictures, 3),
    "videos": (videos, 3),
    "archives": (archives, 1),
}
"""Name to subject and its share of the cases."""


def _convert(kind: str, source: Path, box: Sandbox, rng: np.random.Generator) -> Action:
    target = [box.out / "k", box.out / "k.json", box.out / "y"][rng.integers(3)]
    to = "yolo" if target.name == "y" else "coco"
    extra = ("--allow-outside",) if rng.random() < 0.15 else ()
    return command("data", "convert", source, target, "--from", kind, "--to", to, *extra)


def _json(box: Sandbox, name: str, content: Any, rng: np.random.Generator) -> Path:
    file = box.inside / name
    if rng.random() < 0.8:
        content = mutate_structure(content, rng, int(rng.integers(1, 4)))
        text = _dumps(content).replace("{outside}", str(box.outside))
        file.write_text(text)
    else:
        file.write_bytes(_damaged(json.dumps(content), rng))
    return file


def _dumps(content: Any) -> str:
    return json.dumps(content).replace('"__deep__"', "[" * 5000 + "]" * 5000)


def _damaged(text: str, rng: np.random.Generator) -> bytes:
    return mutate_bytes(text.encode(), rng)


def _mutated_text(name: str, text: str, rng: np.random.Generator, box: Sandbox) -> bytes:
    if name.endswith(".yaml") and rng.random() < 0.6:
        return _yaml(yaml.safe_load(text), rng).replace(b"{outside}", str(box.outside).encode())
    if rng.random() < 0.7:
        mutated = mutate_lines(text, rng, int(rng.integers(1, 4)))
        return mutated.replace("{outside}", str(box.outside)).encode(errors="replace")
    return _damaged(text, rng)


def _yaml(content: Any, rng: np.random.Generator) -> bytes:
    if rng.random() < 0.2:
        return _damaged(yaml.safe_dump(content), rng)
    mutated = mutate_structure(content, rng, int(rng.integers(1, 4)))
    try:
        return yaml.safe_dump(mutated).encode(errors="replace")
    except (RecursionError, yaml.YAMLError):
        return b"[" * 3000


def _mutated_xml(text: str, rng: np.random.Generator, box: Sandbox) -> bytes:
    root = ET.fromstring(text)
    for _ in range(int(rng.integers(1, 4))):
        every = list(root.iter())
        element = every[rng.integers(len(every))]
        kind = rng.integers(6)
        word = str(odd_value(rng)).replace("{outside}", str(box.outside))
        word = "".join(c for c in word[:2000] if c in "\t\n" or " " <= c < "\ud800")
        if kind < 2 and element.attrib:
            element.set(list(element.attrib)[rng.integers(len(element.attrib))], word)
        elif kind == 2:
            element.text = word
        elif kind == 3 and len(element):
            element.remove(element[int(rng.integers(len(element)))])
        elif kind == 4 and len(element):
            element.append(element[int(rng.integers(len(element)))])
        else:
            element.attrib.pop(next(iter(element.attrib), ""), None)
    try:
        return ET.tostring(root)
    except (RecursionError, ValueError):
        return b"<annotations>" * 1000


def _put_pictures(samples: Samples, box: Sandbox) -> None:
    for name in ("a.jpg", "b.jpg"):
        (box.inside / name).write_bytes(samples.pictures["jpg"])
    (box.inside / "layers").mkdir()
    for number in range(2):
        (box.inside / "layers" / f"{number}.png").write_bytes(samples.pictures["png"])


def _without_nul(data: bytes) -> bytes:
    """Python sources are not asked to hold what no editor writes."""
    return data.replace(b"\0", b"0")
