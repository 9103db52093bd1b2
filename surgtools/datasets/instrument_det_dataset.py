"""All instruments of a picture, for detectors and one-stage networks.

Shapes: M outline points of one instance, K slots of the union. Boxes are ``xyxy`` in image pixels.
"""

from pathlib import Path

import cv2
import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS
from pycocotools import mask as rle

from surgtools.annotations.coco import load_coco
from surgtools.datasets.seeded_items import SeededItems
from surgtools.metainfo import CLASSES, category_to_label, to_union

MAX_OUTLINE_POINTS = 256
"""Enough for a box within a pixel after any rotation, little enough to carry in every sample."""


@DATASETS.register_module()
class InstrumentDetDataset(SeededItems, BaseDetDataset):
    """Boxes and labels from a COCO keypoint file; pictures without an instrument are kept.

    Labels follow ``metainfo``, whatever the order of the file's categories, and the file's
    categories are checked against it (the host follows the file). Each instance also carries
    ``outline`` (M, 2): points on the border of its visible mask and its labelled keypoints, from
    which ``RandomWarp`` computes the tight box of the turned instrument; the turned corners of
    the box itself would be far too large for a thin tool; and its ``keypoints`` (K, 3) as x, y, v.
    In ``test_mode`` a picture also carries ``raw_ann_info``, its annotations as on disk.

    Raises:
        InputError: the annotation file is missing or means nothing, see ``load_coco``.
    """

    METAINFO = {"classes": CLASSES}

    def load_data_list(self) -> list[dict]:
        """One entry per picture, with its instances."""
        content = load_coco(self.ann_file)
        annotations: dict[int, list[dict]] = {image["id"]: [] for image in content["images"]}
        for annotation in content["annotations"]:
            annotations[annotation["image_id"]].append(annotation)
        return [self._parse(image, annotations[image["id"]]) for image in content["images"]]

    def _parse(self, image: dict, annotations: list[dict]) -> dict:
        info = {
            "img_id": image["id"],
            "img_path": str(Path(self.data_prefix["img"]) / image["file_name"]),
            "height": image["height"],
            "width": image["width"],
            "instances": [parse_instance(annotation) for annotation in annotations],
        }
        if self.test_mode:
            info["raw_ann_info"] = annotations
        if image.get("layer"):
            info["layer_path"] = str(Path(self.ann_file).parent / "layers" / image["layer"])
        return info


def parse_instance(annotation: dict) -> dict:
    """One COCO annotation as the host's instance, with ``outline`` and ``keypoints``."""
    x, y, width, height = annotation["bbox"]
    own = np.array(annotation["keypoints"], dtype=np.float32).reshape(1, -1, 3)
    return {
        "bbox": [x, y, x + width, y + height],
        "bbox_label": category_to_label(annotation["category_id"]),
        "ignore_flag": int(annotation.get("iscrowd", 0)),
        "outline": outline_of(annotation),
        "keypoints": to_union(own, annotation["category_id"])[0],
    }


def outline_of(annotation: dict) -> np.ndarray:
    """Points (M, 2) whose box stays tight when the instrument is turned, float32.

    Border of the visible mask and all labelled keypoints; without a mask the keypoints alone
    (their box is smaller than the instrument, ``RandomWarp`` allows for it).
    """
    keypoints = np.array(annotation["keypoints"], dtype=np.float32).reshape(-1, 3)
    points = [keypoints[keypoints[:, 2] > 0, :2], *_mask_borders(annotation.get("segmentation"))]
    return np.concatenate(points).astype(np.float32)


def _mask_borders(segmentation: dict | list | None) -> list[np.ndarray]:
    if not segmentation:
        return []
    if isinstance(segmentation, list):  # polygons
        return [np.asarray(polygon, dtype=np.float32).reshape(-1, 2) for polygon in segmentation]
    if isinstance(segmentation["counts"], list):  # uncompressed RLE
        segmentation = rle.frPyObjects(segmentation, *segmentation["size"])
    borders, _ = cv2.findContours(
        rle.decode(segmentation), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = [border.reshape(-1, 2) for border in borders]
    step = 1 + sum(map(len, points)) // MAX_OUTLINE_POINTS
    return [border[::step] for border in points]
