"""The two estimators, each preprocess, network, postprocess; written once for every backend.

A backend only maps arrays to raw outputs (``DetectorBackend``, ``PoseBackend``). No torch here.

Shapes: B pictures, N boxes, k keypoints of a category, K union slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from surgtools.decoding import join_scores
from surgtools.evaluation.settings import SCORE_THR
from surgtools.prediction.postprocess import select_boxes, sigmoid
from surgtools.prediction.preprocess import (
    crop,
    crop_windows,
    keypoints_to_image,
    letterbox,
    letterbox_scale,
    normalize,
    scaled_size,
)
from surgtools.prediction.results import Instance
from surgtools.prediction.specs import DetectorSpec, HeatmapSpec, Responses, SimCCSpec
from surgtools.prediction.suppression import nms_across_categories

STRIDE = 32
"""A detector takes sides that are multiples of its coarsest stride."""


class RawPose(NamedTuple):
    """What a pose network says of N crops.

    ``responses`` are about places, see ``PoseSpec.responses``; ``visibility`` (N, K) and
    ``presence`` (N, C) are logits, None where it does not predict them.
    """

    responses: Responses
    visibility: np.ndarray | None = None
    presence: np.ndarray | None = None


class DetectorBackend(Protocol):
    """A detector network."""

    spec: DetectorSpec

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, h, w) to boxes (B, P, 4) ``xyxy`` in network pixels and scores (B, P, C)."""


class PoseBackend(Protocol):
    """A pose network."""

    spec: SimCCSpec | HeatmapSpec

    def __call__(self, batch: np.ndarray) -> Sequence[np.ndarray | None]:
        """(N, 3, h, w) to the arrays that ``spec.outputs`` names."""


@dataclass(frozen=True)
class Boxes:
    """Detections of one picture; N may be 0.

    Attributes:
        xyxy: (N, 4) image pixels.
        scores: (N,).
        category_ids: (N,) COCO category ids.
    """

    xyxy: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    category_ids: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    def __len__(self) -> int:
        return len(self.xyxy)

    def subset(self, keep: np.ndarray) -> "Boxes":
        """Those that a (N,) mask names."""
        return Boxes(self.xyxy[keep], self.scores[keep], self.category_ids[keep])


class Detector:
    """Find instruments in whole pictures.

    Args:
        backend: the network.
        score_thr: boxes at or below it are dropped.
        nms_thr: None takes the one the network was configured with.
        place_thr: overlap above which the worse of two boxes of different categories is dropped;
            1 keeps both.
    """

    def __init__(
        self,
        backend: DetectorBackend,
        score_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = 1.0,
    ) -> None:
        self.backend, self.score_thr, self.place_thr = backend, score_thr, place_thr
        self.nms_thr = backend.spec.nms_thr if nms_thr is None else nms_thr

    def __call__(
        self, images: Sequence[np.ndarray], score_thr: float | None = None
    ) -> list[Boxes]:
        """Boxes of each (H, W, 3) BGR picture, best first; no pictures, no boxes.

        Args:
            score_thr: in the place of the detector's own.
        """
        together: dict[tuple[int, int], list[int]] = {}
        for index, image in enumerate(images):
            together.setdefault(self._canvas_size(image), []).append(index)
        found: dict[int, Boxes] = {}
        for indices in together.values():  # what a picture gets never depends on the others
            own = [images[index] for index in indices]
            answers = self.backend(self.preprocess(own))
            found |= zip(indices, self.postprocess(own, *answers, score_thr), strict=True)
        return [found[index] for index in range(len(images))]

    def preprocess(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(B, 3, h, w) float32 network input of pictures that fill the same size."""
        spec, canvas_size = self.backend.spec, self._canvas_size(images[0])
        canvases = [
            letterbox(image, spec.input_size, spec.pad_value, spec.enlarge, canvas_size)
            for image in images
        ]
        return normalize(np.stack(canvases), spec.mean, spec.std, spec.bgr_to_rgb)

    def _canvas_size(self, image: np.ndarray) -> tuple[int, int]:
        """The input, or as much of it as a picture fills, where the network was trained so.

        A frame of 16:9 fills 60 % of a square. A network that was trained on padded squares
        knows the padding: its channel attention takes the mean of all.
        """
        spec = self.backend.spec
        if spec.enlarge or not getattr(self.backend, "any_size", False):
            return spec.input_size
        width, height = scaled_size(image.shape[1::-1], spec.input_size, spec.enlarge)
        return -(-width // STRIDE) * STRIDE, -(-height // STRIDE) * STRIDE

    def postprocess(
        self,
        images: Sequence[np.ndarray],
        boxes: np.ndarray,
        scores: np.ndarray,
        score_thr: float | None = None,
    ) -> list[Boxes]:
        """Boxes in image pixels from (B, P, 4) and (B, P, C)."""
        spec = self.backend.spec
        score_thr = self.score_thr if score_thr is None else score_thr
        found = []
        for image, own_boxes, own_scores in zip(images, boxes, scores, strict=True):
            height, width = image.shape[:2]
            xyxy, score, labels = select_boxes(
                own_boxes,
                own_scores,
                letterbox_scale((width, height), spec.input_size, spec.enlarge),
                (width, height),
                score_thr,
                self.nms_thr,
                spec.max_boxes,
            )
            category_ids = np.array(
                [spec.taxonomy.category_of(label) for label in labels], dtype=int
            )
            keep = nms_across_categories(xyxy, score, self.place_thr)
            found.append(Boxes(xyxy[keep], score[keep], category_ids[keep]))
        return found


class PoseEstimator:
    """Find the keypoints of the instrument in each box.

    Args:
        backend: the network.
        flip_test: average with the mirrored crop, which costs twice the time.
        max_batch: crops that go through the network at once.
        use_presence: join the score of a box with the probability that it holds an instrument of
            its category (``join_scores``), where the network says so. The detector takes scissors
            for needle holders; the pose network sees them larger.
    """

    def __init__(
        self,
        backend: PoseBackend,
        flip_test: bool = False,
        max_batch: int = 32,
        use_presence: bool = True,
    ) -> None:
        self.backend, self.flip_test, self.max_batch = backend, flip_test, max_batch
        self.use_presence = use_presence

    def __call__(
        self, images: Sequence[np.ndarray], boxes: Sequence[Boxes]
    ) -> list[list[Instance]]:
        """Instances of each picture, in the order of its boxes; none is left out.

        A picture without boxes has no instances: there is no whole-image box to fall back on.
        """
        spec = self.backend.spec
        framed = [own.xyxy if spec.as_host else _snap(own.xyxy) for own in boxes]
        windows = [crop_windows(xyxy, spec.input_size, spec.padding) for xyxy in framed]
        crops = [
            crop(image, window, spec.input_size, spec.use_udp, not spec.as_host)
            for image, own in zip(images, windows, strict=True)
            for window in own
        ]
        if not crops:
            return [[] for _ in images]
        outputs = [
            self._network(np.stack(crops[i : i + self.max_batch]))
            for i in range(0, len(crops), self.max_batch)
        ]
        joined = [None if p[0] is None else np.concatenate(p) for p in zip(*outputs, strict=True)]
        return self.postprocess(boxes, windows, self._to_raw(joined))

    def _network(self, crops: np.ndarray) -> Sequence[np.ndarray | None]:
        spec = self.backend.spec
        batch = normalize(crops, spec.mean, spec.std, spec.bgr_to_rgb)
        straight = self.backend(batch)
        if not self.flip_test:
            return straight
        mirrored = self._to_raw(self.backend(np.ascontiguousarray(batch[..., ::-1])))
        visibility = mirrored.visibility
        if visibility is not None:
            visibility = visibility[:, spec.taxonomy.union_flip_indices]
        turned = (*spec.turn_back(mirrored.responses), visibility, mirrored.presence)
        return [None if a is None else (a + b) / 2 for a, b in zip(straight, turned, strict=False)]

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
