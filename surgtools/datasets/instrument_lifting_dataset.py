"""One instrument per sample, without its picture, for networks that lift keypoints to space.

Shapes: K slots of the union layout, k keypoints of the category.
"""

import numpy as np
from mmengine.dataset import BaseDataset
from mmpose.registry import DATASETS

from surgtools.annotations.coco import load_coco
from surgtools.camera import Camera, to_camera
from surgtools.datasets.seeded_items import SeededItems
from surgtools.errors import InputError
from surgtools.lifting import LEAST_SEEN, from_root, length_in_space
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.in_configs import KEY, to_taxonomy

_CAMERA = ("fx", "fy", "cx", "cy", "distortion")


@DATASETS.register_module()
class InstrumentLiftingDataset(SeededItems, BaseDataset):
    """COCO keypoints with ``keypoints_3d``, as the generator writes them; pictures are not read.

    A sample holds

    - ``keypoints`` (1, K, 2): x / z, y / z of the ray through each keypoint;
    - ``keypoints_visible`` (1, K): 1 for v > 0;
    - ``lifting_target`` (1, K, 3): millimeters from the first keypoint of the category, the root,
      in the frame of the camera;
    - ``lifting_target_visible`` (1, K): 1 for the category's own, but the root;
    - ``instrument_length``: largest distance between two keypoints, millimeters;
    - ``category_id``, ``id``, ``img_id``.

    Instruments of which fewer than three keypoints are labelled are left out.

    Args:
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        kwargs: see MMEngine's dataset.

    Raises:
        InputError: the file is broken, or lacks ``keypoints_3d`` or a camera.
    """

    METAINFO = SURGICAL.to_metainfo()

    def __init__(self, *args, taxonomy: dict | str | None = None, **kwargs) -> None:
        self.taxonomy = to_taxonomy(taxonomy)
        super().__init__(*args, metainfo=self.taxonomy.to_metainfo(), **kwargs)

    @property
    def metainfo(self) -> dict:
        """The host's, and the taxonomy: it goes from here into the checkpoint."""
        return super().metainfo | {KEY: self.taxonomy.to_dict()}

    def load_data_list(self) -> list[dict]:
        """All samples; none is an error, since the host cannot serialize nothing."""
        content = load_coco(self.ann_file, self.taxonomy)
        used = {row["image_id"] for row in content["annotations"]}
        cameras = {
            image["id"]: self._camera(image) for image in content["images"] if image["id"] in used
        }
        samples = [
            self._sample(row, cameras[row["image_id"]])
            for row in content["annotations"]
            if sum(v > 0 for v in row["keypoints"][2::3]) >= LEAST_SEEN
        ]
        if not samples:
            raise InputError(
                f"{self.ann_file}: no instrument has {LEAST_SEEN} labelled keypoints, so nothing "
                "can be lifted; render more"
            )
        return samples

    def _camera(self, image: dict) -> Camera:
        where = f"{self.ann_file}: image {image['id']}"
        given = image.get("camera")
        if not isinstance(given, dict) or not {*_CAMERA[:4]} <= set(given):
            raise InputError(
                f"{where} has no camera with fx, fy, cx, cy; `surgtools generate` writes it"
            )
        values = {key: given[key] for key in _CAMERA if key in given}
        return to_camera({key: image[key] for key in ("width", "height")} | values, where)

    def _sample(self, row: dict, camera: Camera) -> dict:
        category = self.taxonomy.get(row["category_id"])
        own = np.array(row["keypoints"], dtype=float).reshape(-1, 3)
        points = 1000 * self._points(row, len(own))
        learned = np.ones(len(own))
        learned[0] = 0  # the root lies at 0
        return {
            "keypoints": self._slots(camera.undistort(own[:, :2]), category.id),
            "keypoints_visible": self._slots(own[:, 2] > 0, category.id),
            "lifting_target": self._slots(from_root(points), category.id),
            "lifting_target_visible": self._slots(learned, category.id),
            "instrument_length": length_in_space(points),
            "category_id": category.id,
            "id": row["id"],
            "img_id": row["image_id"],
        }

    def _points(self, row: dict, count: int) -> np.ndarray:
        where = f"{self.ann_file}: annotation {row['id']}"
        try:
            points = np.array(row["keypoints_3d"], dtype=float)
        except KeyError as error:
            raise InputError(
                f"{where} has no keypoints_3d; `surgtools generate` writes them"
            ) from error
        except (TypeError, ValueError) as error:
            raise InputError(f"{where}: keypoints_3d holds numbers only") from error
        if points.shape != (count, 3) or not np.isfinite(points).all():
            raise InputError(
                f"{where}: keypoints_3d has shape {points.shape}; {count} points of three numbers "
                "are expected, meters in the frame of the camera"
            )
        return points

    def _slots(self, values: np.ndarray, category_id: int) -> np.ndarray:
        """(k, ...) of a category as (1, K, ...) float32; other slots are 0."""
        union = np.zeros((1, self.taxonomy.num_slots, *values.shape[1:]), np.float32)
        union[0, self.taxonomy.slots_of(category_id)] = values
        return union
