"""Small photographs on which ``adapt`` does something with the shipped networks in a minute.

The source is each labelled photograph of a needle holder in two brightnesses, for training and
validation alike; the target is the same photographs in five others. Nothing is measured on them:
all that is asked is that a run goes through every stage.
"""

import json
from pathlib import Path

import cv2

REAL = Path(__file__).resolve().parents[3] / "shared/real/tabletop/val"
SIDE = 320
"""Longer side of the pictures, in pixels."""

TARGET, SOURCE = (0.82, 0.87, 0.92, 1.06, 1.12), (1.0, 0.96)
"""Brightness, as a share of the photograph's."""


def prepare_adaptation(folder: Path) -> None:
    """Write ``target`` and the data set ``source``, unless they are there."""
    if (folder / "source/val/coco_keypoints.json").is_file():
        return
    content = json.loads((REAL / "coco_keypoints.json").read_text())
    images, annotations = [], []
    for name in ("target", "source/train/images", "source/val/images"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    holders = {row["image_id"] for row in content["annotations"] if row["category_id"] == 1}
    for image in (image for image in content["images"] if image["id"] in holders):
        picture = cv2.imread(str(REAL / "images" / image["file_name"]))
        scale = SIDE / max(picture.shape[:2])
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rows = [row for row in content["annotations"] if row["image_id"] == image["id"]]
        stem = Path(image["file_name"]).stem
        for share in TARGET:
            name = folder / "target" / f"{stem}_{share}.png"
            cv2.imwrite(str(name), cv2.convertScaleAbs(picture, alpha=share))
        for share in SOURCE:
            height, width = picture.shape[:2]
            name, image_id = f"{stem}_{share}.png", len(images) + 1
            images.append({"id": image_id, "file_name": name, "width": width, "height": height})
            for part in ("train", "val"):
                path = folder / "source" / part / "images" / name
                cv2.imwrite(str(path), cv2.convertScaleAbs(picture, alpha=share))
            for row in rows:
                ids = {"id": len(annotations) + 1, "image_id": image_id}
                annotations.append({**_scaled(row, scale), **ids})
    tables = {"categories": content["categories"], "images": images, "annotations": annotations}
    for part in ("train", "val"):
        path = folder / "source" / part / "coco_keypoints.json"
        path.write_text(json.dumps(tables))


def _scaled(row: dict, scale: float) -> dict:
    x, y, width, height = (value * scale for value in row["bbox"])
    keypoints = [v * scale if at % 3 < 2 else v for at, v in enumerate(row["keypoints"])]
    return {
        "category_id": row["category_id"],
        "bbox": [x, y, width, height],
        "area": width * height,
        "iscrowd": 0,
        "num_keypoints": row["num_keypoints"],
        "keypoints": keypoints,
    }
