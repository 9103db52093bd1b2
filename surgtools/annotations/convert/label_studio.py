"""Write Label Studio tasks: a rectangle per instance and keypoints that name it as their parent.

The rectangle's label is the category, a keypoint's label is ``category.keypoint``; hidden
keypoints carry the choice ``hidden``. Annotations with a ``score`` become predictions, which the
annotator accepts or corrects. The labeling interface is written along as ``label_config.xml``.

Coordinates are percent of the picture.
Source: Label Studio, "Label Studio JSON format of annotated tasks".
"""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import numpy as np

from surgtools.annotations.convert.dataset_parts import (
    IMAGE_FIELDS,
    DatasetPart,
    Losses,
    Options,
    is_scalar,
    scalar_extras,
)
from surgtools.annotations.convert.foreign_categories import to_instruments
from surgtools.annotations.convert.label_studio_regions import HIDDEN
from surgtools.files import write_json, write_whole
from surgtools.taxonomy import Category

FILE_NAME = "tasks.json"


def write(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write ``out`` (or ``out/tasks.json``) and ``label_config.xml`` beside it."""
    file = out if out.suffix == ".json" else out / FILE_NAME
    scalars = {
        key
        for part in parts
        for image in part.content["images"]
        for key, value in image.items()
        if is_scalar(value)
    }
    losses.fields(parts, scalars, scalars=True)
    losses.add("image ids (renumbered)", sum(len(p.content["images"]) for p in parts))
    losses.add("annotation ids (renumbered)", sum(len(p.content["annotations"]) for p in parts))
    instruments = to_instruments(parts[0].content["categories"])
    tasks = [task for part in parts for task in _tasks(part, instruments, options)]
    write_json(file, tasks, indent=1)
    with write_whole(file.with_name("label_config.xml")) as target:
        target.write_text(label_config(list(instruments.values())), encoding="utf-8")


def label_config(instruments: list[Category]) -> str:
    """The labeling interface these tasks are made for."""
    lines = ["<View>", '  <Image name="image" value="$image" zoom="true"/>']
    lines.append('  <RectangleLabels name="box" toName="image">')
    lines += [f"    <Label value={quoteattr(i.name)}/>" for i in instruments]
    lines += ["  </RectangleLabels>", '  <KeyPointLabels name="keypoint" toName="image">']
    lines += [
        f"    <Label value={quoteattr(f'{i.name}.{name}')}/>"
        for i in instruments
        for name in i.keypoints
    ]
    lines += [
        "  </KeyPointLabels>",
        '  <Choices name="visibility" toName="image" perRegion="true" whenTagName="keypoint">',
        f'    <Choice value="{HIDDEN}"/>',
        "  </Choices>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _tasks(
    part: DatasetPart, instruments: dict[int, Category], options: Options
) -> Iterator[dict]:
    by_image: dict[object, list[dict]] = {}
    for annotation in part.content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    for image in part.content["images"]:
        extras = {k: v for k, v in image.items() if k not in IMAGE_FIELDS and is_scalar(v)}
        task: dict = {
            "data": {
                "image": options.url_prefix + quote(image["file_name"]),
                "file_name": image["file_name"],
                "width": image["width"],
                "height": image["height"],
                "split": part.name,
                **extras,
            }
        }
        own = by_image.get(image["id"], [])
        for key, rows in (
            ("predictions", [a for a in own if "score" in a]),
            ("annotations", [a for a in own if "score" not in a]),
        ):
            if rows:
                result = [r for a in rows for r in _regions(a, image, instruments)]
                task[key] = [{"result": result}]
        yield task


def _regions(annotation: dict, image: dict, instruments: dict[int, Category]) -> Iterator[dict]:
    instrument = instruments[annotation["category_id"]]
    scale = np.array([100 / image["width"], 100 / image["height"]])
    x, y, width, height = annotation["bbox"]
    box_id = f"box{annotation['id']}"
    common = {
        "to_name": "image",
        "original_width": image["width"],
        "original_height": image["height"],
        "image_rotation": 0,
    }
    left, top = (float(v) for v in np.array([x, y]) * scale)
    wide, high = (float(v) for v in np.array([width, height]) * scale)
    box = {"x": left, "y": top, "width": wide, "height": high, "rotation": 0}
    region = {
        **common,
        "id": box_id,
        "from_name": "box",
        "type": "rectanglelabels",
        "value": {**box, "rectanglelabels": [instrument.name]},
    }
    if "score" in annotation:
        region["score"] = annotation["score"]
    extras = scalar_extras(annotation, without=("score",))
    if extras:
        region["meta"] = {"text": [json.dumps(extras, allow_nan=False)]}
    yield region
    triples = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    for name, (px, py, v) in zip(instrument.keypoints, triples.tolist(), strict=True):
        if v == 0:
            continue
        place = {"x": px * float(scale[0]), "y": py * float(scale[1]), "width": 0.5}
        point_id = f"{box_id}.{name}"
        yield {
            **common,
            "id": point_id,
            "parentID": box_id,
            "from_name": "keypoint",
            "type": "keypointlabels",
            "value": {**place, "keypointlabels": [f"{instrument.name}.{name}"]},
        }
        if v == 1:
            yield {
                **common,
                "id": point_id,
                "from_name": "visibility",
                "type": "choices",
                "value": {**place, "choices": [HIDDEN]},
            }
