"""Turn keypoints into the targets of a pose network, and its answers back into keypoints.

Shapes: N instances, K slots, C categories, Wx and Wy bins per axis (input size times
``simcc_split_ratio``).
"""

from collections.abc import Sequence

import numpy as np
from mmpose.codecs import SimCCLabel, UDPHeatmap
from mmpose.registry import KEYPOINT_CODECS

from surgtools.decoding import decode_simcc, decode_udp_heatmaps
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.in_configs import to_taxonomy

LOGIT_SCALE = 10.0
"""Softmax temperature of the network's outputs and of the labels (RTMPose's beta)."""


@KEYPOINT_CODECS.register_module()
class UnionSimCC(SimCCLabel):
    """SimCC labels whose weights are 0 or 1, with visibility targets and scores in [0, 1].

    Slots of other categories and unlabelled keypoints weigh nothing. The host copies
    ``keypoints_visible`` into the weight, so ``InstrumentDataset`` keeps v in
    ``keypoints_visibility``; this codec turns it into the visibility branch's target. A category
    is present when one of its keypoints is labelled: samples of something else have none.

    Args:
        input_size: (width, height) of the network's input in pixels.
        sigma: of the label's Gaussian, in bins.
        simcc_split_ratio: bins per input pixel.
        taxonomy: see ``to_taxonomy``.
        as_host: read answers as MMPose does, at the highest bin: for networks that were trained
            there. ``PoseSpec.as_host`` says what follows from it.
    """

    auxiliary_encode_keys = {"keypoints_visibility", "category_id"}
    label_mapping_table = SimCCLabel.label_mapping_table | {
        "visibility_labels": "visibility_labels",
        "presence_labels": "presence_labels",
    }

    def __init__(
        self,
        input_size: Sequence[int],
        sigma: float | Sequence[float] = 5.66,
        simcc_split_ratio: float = 2.0,
        taxonomy: dict | str | None = None,
        as_host: bool = False,
    ) -> None:
        self.taxonomy, self.as_host = to_taxonomy(taxonomy), as_host
        sigma = sigma if isinstance(sigma, int | float) else tuple(sigma)
        super().__init__(
            tuple(input_size), sigma=sigma, simcc_split_ratio=simcc_split_ratio, normalize=False
        )

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray | None = None,
        keypoints_visibility: np.ndarray | None = None,
        category_id: int | None = None,
    ) -> dict:
        """Targets of one sample.

        Args:
            keypoints: (N, K, 2) input pixels.
            keypoints_visible: (N, K), 1 for labelled.
            keypoints_visibility: (N, K), v in {0, 1, 2}; all labelled are visible when None.
            category_id: of the N instances; None takes every category with a labelled slot.

        Returns:
            ``keypoint_x_labels`` (N, K, Wx), ``keypoint_y_labels`` (N, K, Wy),
            ``keypoint_weights`` (N, K) in {0, 1}: labelled and inside the input,
            ``visibility_labels`` (N, K): 1 for v = 2, else 0, ``presence_labels`` (N, C): 1 for
            the category that is there, else 0.
        """
        labelled = (np.asarray(keypoints_visible) > 0).astype(np.float32)
        visibility = 2 * labelled if keypoints_visibility is None else keypoints_visibility
        encoded = super().encode(keypoints, labelled)
        encoded["keypoint_weights"] = labelled * _inside(keypoints, self.input_size)
        encoded["visibility_labels"] = (np.asarray(visibility) == 2).astype(np.float32)
        encoded["presence_labels"] = _present(labelled, category_id, self.taxonomy)
        return encoded

    def _map_coordinates(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bins without the host's rounding, which would cost up to a quarter of a pixel."""
        return keypoints * self.simcc_split_ratio, keypoints_visible.copy()

    def decode(self, simcc_x: np.ndarray, simcc_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``surgtools.decoding.decode_simcc``."""
        return decode_simcc(
            simcc_x, simcc_y, self.sigma, self.simcc_split_ratio, LOGIT_SCALE, self.as_host
        )


@KEYPOINT_CODECS.register_module()
class UnionHeatmap(UDPHeatmap):
    """UDP heatmaps whose weights are 0 or 1, with visibility targets as ``UnionSimCC`` has.

    Args:
        taxonomy: see ``to_taxonomy``.
        as_host: see ``UnionSimCC``; the step from the highest cell to the peak is not limited.
    """

    auxiliary_encode_keys = {"keypoints_visibility", "category_id"}
    label_mapping_table = UDPHeatmap.label_mapping_table | {
        "visibility_labels": "visibility_labels",
        "presence_labels": "presence_labels",
    }

    def __init__(
        self, *args, taxonomy: dict | str | None = None, as_host: bool = False, **kwargs
    ) -> None:
        self.taxonomy, self.as_host = to_taxonomy(taxonomy), as_host
        super().__init__(*args, **kwargs)

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray | None = None,
        keypoints_visibility: np.ndarray | None = None,
        category_id: int | None = None,
    ) -> dict:
        """As ``UnionSimCC.encode``, with ``heatmaps`` (K, h, w) in place of the SimCC labels."""
        labelled = (np.asarray(keypoints_visible) > 0).astype(np.float32)
        visibility = 2 * labelled if keypoints_visibility is None else keypoints_visibility
        encoded = super().encode(keypoints, labelled)
        encoded["keypoint_weights"] = labelled * _inside(keypoints, self.input_size)
        encoded["visibility_labels"] = (np.asarray(visibility) == 2).astype(np.float32)
        encoded["presence_labels"] = _present(labelled, category_id, self.taxonomy)
        return encoded

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints (1, K, 2) and scores (1, K) of the heatmaps (K, h, w) of one instance; see
        ``surgtools.decoding.decode_udp_heatmaps``."""
        return decode_udp_heatmaps(
            encoded[None], self.input_size, self.blur_kernel_size, self.as_host
        )


def _present(labelled: np.ndarray, category_id: int | None, taxonomy: Taxonomy) -> np.ndarray:
    """(N, C): whether any slot of a category is labelled.

    Categories may share slots; then only the sample's own category can be present.
    """
    present = np.zeros((len(labelled), len(taxonomy.categories)), np.float32)
    for label, category in enumerate(taxonomy.categories):
        if category.num_keypoints and category_id in (None, category.id):
            present[:, label] = labelled[:, taxonomy.slots_of(category.id)].max(axis=1)
    return present


def _inside(keypoints: np.ndarray, input_size: Sequence[int]) -> np.ndarray:
    """(N, K): whether a keypoint lies on the input; the hosts keep those within three sigma."""
    return ((keypoints >= 0) & (keypoints <= np.array(input_size) - 1)).all(axis=-1)
