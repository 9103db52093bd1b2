"""Turn keypoints into what a lifter reads, and its answer into millimeters.

Shapes: K slots of the union layout, F features per slot, see ``surgtools.lifting``.
"""

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from surgtools.lifting import FEATURES, LiftingView, lifting_view
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.in_configs import to_taxonomy


@KEYPOINT_CODECS.register_module()
class UnionLifting(BaseKeypointCodec):
    """Keypoints of one instrument in the union layout, and where they lie from its root.

    The network works in a view of its own and in lengths of the instrument. ``target_root``, which
    the host's head hands back to ``decode``, holds the way back: the view's rotation, and the
    length in its last row. The answer stays relative to the root.

    Args:
        taxonomy: see ``to_taxonomy``.
    """

    auxiliary_encode_keys = {
        "lifting_target",
        "lifting_target_visible",
        "category_id",
        "instrument_length",
    }
    instance_mapping_table = {
        "lifting_target": "lifting_target",
        "lifting_target_visible": "lifting_target_visible",
    }
    label_mapping_table = {
        "lifting_target_label": "lifting_target_label",
        "lifting_target_weight": "lifting_target_weight",
    }

    def __init__(self, taxonomy: dict | str | None = None) -> None:
        super().__init__()
        self.taxonomy: Taxonomy = to_taxonomy(taxonomy)

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray,
        lifting_target: np.ndarray,
        lifting_target_visible: np.ndarray,
        category_id: int,
        instrument_length: float,
    ) -> dict:
        """Input and targets of one sample.

        Args:
            keypoints: (1, K, 2) x / z, y / z in the frame of the camera.
            keypoints_visible: (1, K), above 0 for those that count.
            lifting_target: (1, K, 3) millimeters from the root, in the frame of the camera.
            lifting_target_visible: (1, K), 1 for those that are to be learned.
            instrument_length: millimeters.

        Returns:
            ``keypoint_labels`` (K * F, 1), ``lifting_target_label`` (1, K, 3),
            ``lifting_target_weight`` (1, K), ``target_root`` (4, 3).

        Raises:
            ValueError: too few keypoints count.
        """
        view = self.look(keypoints[0], keypoints_visible[0] > 0, category_id)
        if view is None:
            raise ValueError("too few keypoints to lift")
        turned = lifting_target @ view.rotation.T / instrument_length
        return {
            "keypoint_labels": self.inputs(view, category_id),
            "lifting_target_label": turned.astype(np.float32),
            "lifting_target_weight": np.asarray(lifting_target_visible, np.float32),
            "target_root": way_back(view, instrument_length),
        }

    def look(self, rays: np.ndarray, seen: np.ndarray, category_id: int) -> LiftingView | None:
        """The view of an instrument in the union layout: (K, 2) rays, (K,) which count."""
        slots = self.taxonomy.slots_of(category_id)
        return lifting_view(rays[slots], seen[slots], self.taxonomy.get(category_id))

    def inputs(self, view: LiftingView, category_id: int) -> np.ndarray:
        """(K * F, 1) what the network reads; slots of other categories are 0."""
        values = np.zeros((self.taxonomy.num_slots, FEATURES), np.float32)
        values[self.taxonomy.slots_of(category_id)] = view.inputs
        return values.reshape(-1, 1)

    def decode(self, encoded: np.ndarray, target_root: np.ndarray) -> tuple:
        """(1, K, 3) answer of the network and (1, 4, 3) way back to millimeters from the root, in
        the frame of the camera, and (1, K) scores, which are all 1."""
        rotation, length = target_root[0, :3], target_root[0, 3, 0]
        return encoded @ rotation * length, np.ones(encoded.shape[:-1], np.float32)


def way_back(view: LiftingView, length: float) -> np.ndarray:
    """(4, 3) what ``decode`` needs: the view's rotation, then the length in millimeters."""
    return np.vstack([view.rotation, [length, 0, 0]]).astype(np.float32)
