"""Keypoints of the instrument in each box: preprocess, network, postprocess.

Shapes: N boxes, k keypoints of a category, K union slots.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from surgtools.decoding import join_scores
from surgtools.prediction.estimators import Boxes, PoseBackend
from surgtools.prediction.postprocess import sigmoid
from surgtools.prediction.preprocess import (
    crop,
    crop_windows,
    keypoints_to_image,
    normalize,
)
from surgtools.prediction.results import Instance
from surgtools.prediction.specs import Responses


class RawPose(NamedTuple):
    """What a pose network says of N crops.

    ``responses`` are about places, see ``PoseSpec.responses``; ``visibility`` (N, K) and
    ``presence`` (N, C) are logits, None where it does not predict them.
    """

    responses: Responses
    visibility: np.ndarray | None = None
    presence: np.ndarray | None = None


class PoseEstimator:
    """Find the keypoints of the instrument in each box.

    Args:
        backend: the network.
        flip_test: average with the mirrored crop, which costs twice the time.
        max_batch: crops that go through the network at once.
        use_presence: join the score of a box with the probability that it holds an instrument of
            its category (``join_scores``), where the network says so. The detector takes scissors
            for needle holders; the pose network sees them larger.
        mirrored_from: with ``flip_test``, score of an instance from which its crop is mirrored,
            too; 0 mirrors all.
    """

    def __init__(
        self,
        backend: PoseBackend,
        flip_test: bool = False,
        max_batch: int = 32,
        use_presence: bool = True,
        mirrored_from: float = 0.0,
    ) -> None:
        self.backend, self.flip_test, self.max_batch = backend, flip_test, max_batch
        self.use_presence, self.mirrored_from = use_presence, mirrored_from

    def __call__(
        self, images: Sequence[np.ndarray], boxes: Sequence[Boxes]
    ) -> list[list[Instance]]:
        """Instances of each picture, in the order of its boxes; none is left out.

        A picture without boxes has no instances: there is no whole-image box to fall back on.
        """
        windows, crops = self.cut(images, boxes)
        if not crops:
            return [[] for _ in images]
        outputs = self._answers(crops)
        if not self.flip_test:
            return self.postprocess(boxes, windows, self._to_raw(outputs))
        worth = np.arange(len(crops))
        if self.mirrored_from:
            found = self.postprocess(boxes, windows, self._to_raw(outputs))
            scores = np.array([instance.bbox_score for own in found for instance in own])
            worth = np.flatnonzero(scores >= self.mirrored_from)
        if len(worth):
            mirrored = self._turned_answers([crops[index] for index in worth])
            for straight, turned in zip(outputs, mirrored, strict=False):
                if straight is not None:
                    straight[worth] = (straight[worth] + turned) / 2
        return self.postprocess(boxes, windows, self._to_raw(outputs))

    def cut(
        self, images: Sequence[np.ndarray], boxes: Sequence[Boxes]
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Windows (N, 4) of each picture, see ``crop_windows``, and all crops (h, w, 3)."""
        spec = self.backend.spec
        framed = [own.xyxy if spec.as_host else _snap(own.xyxy) for own in boxes]
        windows = [crop_windows(xyxy, spec.input_size, spec.padding) for xyxy in framed]
        crops = [
            crop(image, window, spec.input_size, spec.use_udp, not spec.as_host)
            for image, own in zip(images, windows, strict=True)
            for window in own
        ]
        return windows, crops

    def normalize(self, crops: np.ndarray) -> np.ndarray:
        """(N, 3, h, w) network input of (N, h, w, 3) crops."""
        spec = self.backend.spec
        return normalize(crops, spec.mean, spec.std, spec.bgr_to_rgb)

    def look(self, crops: Sequence[np.ndarray], mirror: bool = False) -> RawPose:
        """What the network says of crops (h, w, 3) as they are, or of their mirror images."""
        return self._to_raw(self._answers(crops, mirror))

    def _answers(
        self, crops: Sequence[np.ndarray], mirror: bool = False
    ) -> list[np.ndarray | None]:
        """The outputs of the network for (h, w, 3) crops, as they are or mirrored."""
        parts = []
        for start in range(0, len(crops), self.max_batch):
            batch = self.normalize(np.stack(crops[start : start + self.max_batch]))
            parts.append(self.backend(np.ascontiguousarray(batch[..., ::-1]) if mirror else batch))
        return [None if p[0] is None else np.concatenate(p) for p in zip(*parts, strict=True)]

    def _turned_answers(self, crops: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        """The outputs for mirrored crops as if they had not been mirrored."""
        spec = self.backend.spec
        mirrored = self.look(crops, mirror=True)
        visibility = mirrored.visibility
        if visibility is not None:
            visibility = visibility[:, spec.taxonomy.union_flip_indices]
        return [*spec.turn_back(mirrored.responses), visibility, mirrored.presence]

    def _to_raw(self, outputs: Sequence[np.ndarray | None]) -> RawPose:
        count = len(self.backend.spec.responses)
        return RawPose(tuple(outputs[:count]), *outputs[count:])

    def postprocess(
        self,
        boxes: Sequence[Boxes],
        windows: Sequence[np.ndarray],
        raw: RawPose,
    ) -> list[list[Instance]]:
        """Typed instances from the raw outputs of all boxes of all pictures."""
        spec = self.backend.spec
        category_ids = np.concatenate([own.category_ids for own in boxes])
        results: list[list[Instance]] = []
        start = 0
        for own, own_windows in zip(boxes, windows, strict=True):
            instances = []
            for row in range(len(own)):
                at = start + row
                category_id = int(category_ids[at])
                own_slots = spec.taxonomy.slots_of(category_id)
                if own_slots.start == own_slots.stop:  # a box only
                    instances.append(self._box_only(own, row, category_id))
                    continue
                keypoints, scores = spec.decode(
                    tuple(response[at, own_slots][None] for response in raw.responses)
                )
                keypoints = keypoints_to_image(
                    keypoints, own_windows[row : row + 1], spec.input_size
                )
                if raw.visibility is None:
                    visible = np.ones(len(scores[0]))
                else:
                    visible = sigmoid(raw.visibility[at, own_slots])
                score = float(own.scores[row])
                if self.use_presence and raw.presence is not None:
                    presence = sigmoid(raw.presence[at, spec.taxonomy.label_of(category_id)])
                    score = float(join_scores(score, presence))
                instances.append(
                    Instance(
                        category_id,
                        own.xyxy[row],
                        score,
                        keypoints[0],
                        scores[0],
                        visible,
                        taxonomy=spec.taxonomy,
                    )
                )
            start += len(own)
            results.append(instances)
        return results

    def _box_only(self, boxes: Boxes, row: int, category_id: int) -> Instance:
        none = np.zeros(0)
        return Instance(
            category_id,
            boxes.xyxy[row],
            float(boxes.scores[row]),
            np.zeros((0, 2)),
            none,
            none,
            taxonomy=self.backend.spec.taxonomy,
        )


def _snap(boxes: np.ndarray) -> np.ndarray:
    """Boxes on eighths of a pixel.

    Backends differ in the fifth digit, resampling turns that into other pixels, and those may tip
    the balance between two peaks. From the same eighth they all see the same crop.
    """
    return np.round(boxes * 8) / 8
