"""One instrument per sample, for top-down pose networks.

Shapes: K slots of the union layout, k keypoints of the category. Boxes are ``xyxy`` in image
pixels unless a name says ``xywh``.
"""

from pathlib import Path

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from surgtools.annotations.coco import load_coco
from surgtools.boxes import xywh_to_xyxy
from surgtools.dataset_folder import layer_folder
from surgtools.datasets.negative_boxes import NegativeBoxes
from surgtools.datasets.picture_paths import locate_layer, locate_picture
from surgtools.datasets.seeded_items import SeededItems
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.hosts.metainfo_file import metainfo_taxonomy
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import KEY, to_taxonomy


@DATASETS.register_module()
class InstrumentDataset(SeededItems, BaseCocoStyleDataset):
    """COCO keypoints of all categories, translated to the union layout on the way in.

    Beside the host's fields a sample carries

    - ``category_id``: the COCO category, which selects the slots that count;
    - ``keypoints_visibility`` (1, K): v as on disk, 0, 1 or 2; ``keypoints_visible`` is 1 for
      v > 0 because the host takes it as the loss weight;
    - ``height``, ``width``: what the JSON says the picture has;
    - ``layer_path``: RGBA layer of the picture, when ``images[].layer`` names one;
    - ``raw_ann_info``: the annotation as on disk, own order (None for a detected box).

    With ``bbox_file`` (COCO results of a detector) the boxes of every category are kept; the host
    keeps category 1 only.

    With ``negatives`` samples without an instrument follow those with one: no keypoint is
    labelled, and the category is one a detector could have taken them for.

    Args:
        negatives: settings of ``NegativeBoxes``; None adds no such sample.
        min_keypoints: instruments with fewer visible keypoints are no samples: what is hidden in
            a fist would teach that a fist shows an instrument.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        kwargs: see the host's dataset. ``metainfo=dict(from_file=...)`` names the skeleton as in
            its configs, where no taxonomy is given.

    Raises:
        InputError: the annotation or box file is missing or means nothing, see ``load_coco``.
    """

    METAINFO = SURGICAL.to_metainfo()

    def __init__(
        self,
        *args,
        negatives: dict | None = None,
        min_keypoints: int = 0,
        taxonomy: dict | str | None = None,
        **kwargs,
    ) -> None:
        self.min_keypoints = min_keypoints
        self.negatives = None if negatives is None else NegativeBoxes(**negatives)
        metainfo = dict(kwargs.pop("metainfo", None) or {})
        if taxonomy is None:
            ann_file = Path(kwargs.get("data_root") or "", kwargs.get("ann_file") or "")
            taxonomy = metainfo_taxonomy(metainfo, ann_file)
        metainfo.pop("from_file", None)
        self.taxonomy = to_taxonomy(taxonomy)
        super().__init__(*args, metainfo=self.taxonomy.to_metainfo() | metainfo, **kwargs)

    @property
    def metainfo(self) -> dict:
        """The host's, and the taxonomy: it goes from here into the checkpoint."""
        return super().metainfo | {KEY: self.taxonomy.to_dict()}

    def load_data_list(self) -> list[dict]:
        """As the host; an empty result stays one (the host fails to serialize nothing)."""
        rows = super().load_data_list()
        if self.negatives:
            rows += self._load_negatives()
        self.serialize_data = self.serialize_data and bool(rows)
        return rows

    def _load_negatives(self) -> list[dict]:
        content = load_coco(self.ann_file, self.taxonomy)
        images = {image["id"]: self._locate(image) for image in content["images"]}
        found = self.negatives.find(content, layer_folder(self.ann_file))
        posed = [own.id for own in self.taxonomy.categories if own.num_keypoints]
        return [
            _unlabelled(
                self.taxonomy, images[image_id], box, posed[index % len(posed)], -1 - index
            )
            for index, (image_id, box) in enumerate(found)
        ]

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        """Replaces the host's reading, which trusts the file, by the strict one."""
        content = load_coco(self.ann_file, self.taxonomy)
        images = {image["id"]: self._locate(image) for image in content["images"]}
        instances = [
            self.parse_data_info(
                {"raw_ann_info": annotation, "raw_img_info": images[annotation["image_id"]]}
            )
            for annotation in content["annotations"]
            if self.taxonomy.get(annotation["category_id"]).num_keypoints
            and sum(v == 2 for v in annotation["keypoints"][2::3]) >= self.min_keypoints
        ]
        return instances, list(images.values())

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """Adds the union layout and what the host drops: category, visibility, layer."""
        annotation, image = raw_data_info["raw_ann_info"], raw_data_info["raw_img_info"]
        info = super().parse_data_info(raw_data_info)
        category_id = annotation["category_id"]
        own = np.array(annotation["keypoints"], dtype=np.float32).reshape(1, -1, 3)
        union = self.taxonomy.to_union(own, category_id)
        info["keypoints"] = union[..., :2]
        info["keypoints_visibility"] = union[..., 2]
        info["keypoints_visible"] = (union[..., 2] > 0).astype(np.float32)
        info["num_keypoints"] = int((own[..., 2] > 0).sum())
        info["category_id"] = category_id
        return info | _picture_facts(image)

    def _load_detection_results(self) -> list[dict]:
        """Replaces the host's reading, which drops every category but the first."""
        images = {
            image["id"]: self._locate(image)
            for image in load_coco(self.ann_file, self.taxonomy)["images"]
        }
        results = read_json(self.bbox_file)
        if not isinstance(results, list):
            raise InputError(
                f"{self.bbox_file}: a list of COCO results is expected, got "
                f"{type(results).__name__}; give the boxes a detector wrote"
            )
        return [
            self._parse_detection(result, images, index) for index, result in enumerate(results)
        ]

    def _parse_detection(self, result: dict, images: dict, index: int) -> dict:
        where = f"{self.bbox_file}: result {index}"
        if not isinstance(result, dict) or not {"image_id", "category_id", "bbox"} <= set(result):
            raise InputError(f"{where} needs image_id, category_id, bbox and score")
        if result["image_id"] not in images:
            raise InputError(
                f"{where} belongs to image {result['image_id']}, which {self.ann_file} lacks"
            )
        self.taxonomy.get(result["category_id"], where)
        image = images[result["image_id"]]
        box = xywh_to_xyxy(result["bbox"][:4])
        score = float(result.get("score", 1.0))
        return _unlabelled(self.taxonomy, image, box, result["category_id"], index, score)

    def _locate(self, image: dict) -> dict:
        located = image | {
            "img_id": image["id"],
            "img_path": locate_picture(image, self.data_prefix["img"], self.ann_file),
        }
        if image.get("layer"):
            located["layer_path"] = locate_layer(image, layer_folder(self.ann_file))
        return located


def _unlabelled(
    taxonomy: Taxonomy,
    image: dict,
    box: np.ndarray,
    category_id: int,
    index: int,
    score: float = 1.0,
) -> dict:
    """A sample of a box of which nothing but the category is known."""
    return {
        "img_id": image["id"],
        "img_path": image["img_path"],
        "img_shape": (image["height"], image["width"]),
        "bbox": np.asarray(box, np.float32)[None],
        "bbox_score": np.array([score], dtype=np.float32),
        "keypoints": np.zeros((1, taxonomy.num_slots, 2), dtype=np.float32),
        "keypoints_visible": np.zeros((1, taxonomy.num_slots), dtype=np.float32),
        "keypoints_visibility": np.zeros((1, taxonomy.num_slots), dtype=np.float32),
        "category_id": category_id,
        "id": index,
        "raw_ann_info": None,
    } | _picture_facts(image)


def _picture_facts(image: dict) -> dict:
    keys = ("height", "width", "layer_path", "video_id", "frame_id")
    return {key: image[key] for key in keys if key in image}
