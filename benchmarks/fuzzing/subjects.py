"""What is fuzzed: for every kind of input, how a case breaks a sample and what is run on it.

A subject takes samples, a sandbox and a random generator, writes its input into ``in`` and returns
the action to run. Annotations have a file of their own; configs, models and media are here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from fuzzing import annotation_subjects, generator_inputs
from fuzzing.broken_texts import mutated_text, mutated_yaml, without_nul, write_json
from fuzzing.mutations import mutate_bytes, mutate_structure, odd_value
from fuzzing.samples import Samples
from fuzzing.sandbox import Action, Sandbox, command

Subject = Callable[[Samples, Sandbox, np.random.Generator], Action]


def configs(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    file = box.inside / "config.py"
    data = samples.config.encode()
    options: list[str] = []
    if rng.random() < 0.5:
        options = [f"model.bbox_head.num_classes={odd_value(rng)}", str(odd_value(rng))]
        options = options[: int(rng.integers(1, 3))]
    else:
        data = without_nul(mutated_text("config.py", samples.config, rng, box))
    file.write_bytes(data)

    def run() -> None:
        from surgtools.hosts.config_files import load_config, require_classes

        require_classes(load_config(file, options, data_root=box.inside))

    return run


def taxonomies(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    if rng.random() < 0.6:
        file = box.inside / "taxonomy.yaml"
        file.write_bytes(mutated_yaml(samples.taxonomy, rng))
    else:
        file = box.inside / "dataset.py"
        text = mutated_text("dataset.py", samples.dataset_info, rng, box)
        file.write_bytes(without_nul(text))

    def run() -> None:
        from surgtools.taxonomy.files import read_taxonomy

        read_taxonomy(file, samples.coco["categories"])

    return run


def generator(samples: Samples, box: Sandbox, rng: np.random.Generator) -> Action:
    if rng.random() < 0.3:
        file = write_json(box, "camera.json", samples.camera, rng)
        return lambda: generator_inputs.read("camera", file)
    file = box.inside / "preset.yaml"
    file.write_bytes(mutated_yaml(samples.presets, rng))
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


SUBJECTS: dict[str, tuple[Subject, int]] = {
    "coco": (annotation_subjects.coco, 6),
    "cvat": (annotation_subjects.cvat, 3),
    "yolo": (annotation_subjects.yolo, 3),
    "label studio": (annotation_subjects.label_studio, 3),
    "predictions": (annotation_subjects.predictions, 3),
    "boxes": (annotation_subjects.boxes, 1),
    "configs": (configs, 1),
    "taxonomies": (taxonomies, 1),
    "generator": (generator, 1),
    "checkpoints": (checkpoints, 2),
    "pictures": (pictures, 3),
    "videos": (videos, 3),
    "archives": (annotation_subjects.archives, 1),
}
"""Name to subject and its share of the cases."""
