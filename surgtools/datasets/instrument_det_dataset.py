"""All instruments of a picture, for detectors and one-stage networks.

Shapes: M outline points of one instance, K slots of the union. Boxes are ``xyxy`` in image pixels.
"""

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS

from surgtools.annotations.coco import load_coco
from surgtools.boxes import xywh_to_xyxy
from surgtools.dataset_folder import layer_folder
from surgtools.datasets.outlines import outline_of
from surgtools.datasets.picture_paths import locate_layer, locate_picture
from surgtools.datasets.seeded_items import SeededItems
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import KEY, to_taxonomy


@DATASETS.register_module()
class InstrumentDetDataset(SeededItems, BaseDetDataset):
    """Boxes and labels from a COCO keypoint file; pictures without an instrument are kept.

    Labels follow the taxonomy, whatever the order of the file's categories, and the file's
    categories are checked against it (the host follows the file). Each instance also carries
    ``outline`` (M, 2), from which ``RandomWarp`` computes the tight box of the turned instrument
    (see ``outline_of``), its ``keypoints`` (K, 3) as x, y, v, their ``keypoint_weights`` (K,) and
    ``keypoints_3d`` (K, 4), meters in the frame of the camera and whether they are known.
    In ``test_mode`` a picture also carries ``raw_ann_info``, its annotations as on disk.

    Raises:
        InputError: the annotation file is missing or means nothing, see ``load_coco``.
    """

    METAINFO = {"classes": SURGICAL.classes}

    def __init__(self, *args, taxonomy: dict | str | None = None, **kwargs) -> None:
        """``taxonomy``: values of ``Taxonomy.to_dict``; None is the built-in one."""
        self.taxonomy = to_taxonomy(taxonomy)
        metainfo = {"classes": self.taxonomy.classes, KEY: self.taxonomy.to_dict()}
        super().__init__(*args, metainfo=metainfo | (kwargs.pop("metainfo", None) or {}), **kwargs)

    def load_data_list(self) -> list[dict]:
        """One entry per picture, with its instances."""
        content = load_coco(self.ann_file, self.taxonomy)
        annotations: dict[int, list[dict]] = {image["id"]: [] for image in content["images"]}
        for annotation in content["annotations"]:
            annotations[annotation["image_id"]].append(annotation)
        return [self._parse(image, annotations[image["id"]]) for image in content["images"]]

    def _parse(self, image: dict, annotations: list[dict]) -> dict:
        info = {
            "img_id": image["id"],
            "img_path": locate_picture(image, self.data_prefix["img"], self.ann_file),
            "height": image["height"],
            "flip_indices": self.taxonomy.union_flip_indices,
            "width": image["width"],
            "instances": [self._instance(row) for row in annotations],
        }
        if self.test_mode:
            info["raw_ann_info"] = annotations
        if image.get("layer"):
            info["layer_path"] = locate_layer(image, layer_folder(self.ann_file))
        return info

    def _instance(self, annotation: dict) -> dict:
        try:
            return parse_instance(annotation, self.taxonomy)
        except InputError as error:
            raise InputError(f"{self.ann_file}: {error}") from error


def parse_instance(annotation: dict, taxonomy: Taxonomy = SURGICAL) -> dict:
    """One COCO annotation as the host's instance, with outline, keypoints and their weights."""
    own = np.array(annotation.get("keypoints") or [], dtype=np.float32).reshape(1, -1, 3)
    weights = annotation.get("keypoint_weights")  # of a soft label, see `pseudo_labels`
    weights = np.ones(own.shape[1]) if weights is None else np.asarray(weights)
    return {
        "bbox": xywh_to_xyxy(annotation["bbox"]).tolist(),
        "bbox_label": taxonomy.label_of(annotation["category_id"]),
        "ignore_flag": int(annotation.get("iscrowd", 0)),
        "outline": outline_of(annotation, taxonomy),
        "keypoints": taxonomy.to_union(own, annotation["category_id"])[0],
        "keypoint_weights": taxonomy.to_union(
            weights.astype(np.float32).reshape(1, -1, 1), annotation["category_id"]
        )[0, :, 0],
        "keypoints_3d": taxonomy.to_union(
            _known_places(annotation, own.shape[1])[None], annotation["category_id"]
        )[0],
    }


def _known_places(annotation: dict, count: int) -> np.ndarray:
    """(k, 4) x, y, z in meters in the frame of the camera, and 1; all 0 where nothing is known."""
    given = annotation.get("keypoints_3d")
    if given is None:
        return np.zeros((count, 4), np.float32)
    try:
        points = np.array(given, dtype=np.float32).reshape(-1, 3)
    except (TypeError, ValueError):
        points = np.zeros((0, 3), np.float32)
    if len(points) != count or not np.isfinite(points).all():
        raise InputError(
            f"annotation {annotation.get('id')}: keypoints_3d should be {count} points of three "
            "numbers, meters in the frame of the camera; correct it or leave it out"
        )
    return np.column_stack([points, np.ones(count, np.float32)])
