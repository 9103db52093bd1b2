"""Describe what a network wants as input and what its output means; ``meta.json`` holds this.

Sizes are (width, height). The ONNX path needs no config and no torch.

Shapes: N crops, K union slots, Wx and Wy bins, h and w cells of a heatmap.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from surgtools.decoding import decode_simcc, decode_udp_heatmaps
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import to_taxonomy


@dataclass(frozen=True)
class DetectorSpec:
    """How the detector wants its picture and what its numbers mean.

    Attributes:
        input_size: (w, h) of the letterboxed picture.
        mean, std: per channel, in the network's channel order.
        bgr_to_rgb: whether the network wants RGB.
        pad_value: grey of the letterbox.
        nms_thr: IoU above which the worse of two boxes of one category is dropped.
        max_boxes: at most so many boxes of a picture.
        enlarge: whether a smaller picture is enlarged to the input.
        shown: score from which boxes are shown to a pose model that tells presence, where that
            is lower than what is reported; see ``Thresholds``.
        several_views: whether pictures are looked at in several views, and instruments in mirrored
            crops, if nobody says.
        mirrored_from: where they are not, score from which a crop is mirrored all the same.
        taxonomy: the categories by label.
    """

    input_size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr_to_rgb: bool
    pad_value: int = 114
    nms_thr: float = 0.65
    max_boxes: int = 100
    enlarge: bool = True
    shown: float = 1.0
    several_views: bool = True
    mirrored_from: float = 1.0
    taxonomy: Taxonomy = SURGICAL


@dataclass(frozen=True)
class OneStageSpec(DetectorSpec):
    """The same of a network that finds keypoints, too, in the slots of the taxonomy.

    Attributes:
        has_space: whether it says where they lie in space, too.
    """

    has_space: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the network's outputs in order."""
        names = ("boxes", "scores", "keypoints", "keypoint_scores", "visible")
        return (*names, "keypoints_3d") if self.has_space else names


Responses = tuple[np.ndarray, ...]
"""What a pose network answers about places: one array per name in ``PoseSpec.responses``."""


@dataclass(frozen=True)
class PoseSpec:
    """How a pose model wants its crop, and what it says besides places.

    Attributes:
        input_size: (w, h) of the crop.
        padding: how much larger than the box the crop is.
        use_udp: whether the crop is warped in the unbiased way of UDP.
        has_visibility: whether there is an output with a visibility logit per slot.
        has_presence: whether there is one after it with a presence logit per category.
        taxonomy: the categories and their slots.
        as_host: whether the network was trained in MMPose and is to answer as there. Boxes are
            then not put on eighths of a pixel, large crops are not averaged before they shrink,
            and answers are flipped and read as ``UnionSimCC`` and ``UnionHeatmap`` say.
    """

    responses: ClassVar[tuple[str, ...]]

    input_size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr_to_rgb: bool
    padding: float = 1.25
    use_udp: bool = False
    has_visibility: bool = True
    has_presence: bool = False
    taxonomy: Taxonomy = SURGICAL
    as_host: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the network's outputs in order."""
        further = {"visibility": self.has_visibility, "presence": self.has_presence}
        return (*self.responses, *(name for name, there in further.items() if there))


@dataclass(frozen=True)
class SimCCSpec(PoseSpec):
    """A pose model that answers one distribution per axis, as RTMPose does.

    Attributes:
        split_ratio: bins per crop pixel.
        sigma: of the label's Gaussian in x and y, in bins.
        logit_scale: softmax temperature of training.
    """

    responses: ClassVar[tuple[str, ...]] = ("simcc_x", "simcc_y")

    split_ratio: float = 2.0
    sigma: tuple[float, float] = (5.66, 5.66)
    logit_scale: float = 10.0

    def decode(self, responses: Responses) -> tuple[np.ndarray, np.ndarray]:
        """(N, K, 2) network pixels and (N, K) scores of (N, K, Wx) and (N, K, Wy)."""
        return decode_simcc(
            *responses, self.sigma, self.split_ratio, self.logit_scale, self.as_host
        )

    def turn_back(self, responses: Responses) -> Responses:
        """The responses to a mirrored crop as if it had not been.

        Pixel x of width w mirrors to w - 1 - x, which with s bins per pixel is s - 1 bins beside a
        plain flip of the bins.
        """
        x, y = (response[:, self.taxonomy.union_flip_indices] for response in responses)
        beside = 0 if self.as_host else int(self.split_ratio) - 1
        return np.roll(x[..., ::-1], -beside, axis=-1), y


@dataclass(frozen=True)
class HeatmapSpec(PoseSpec):
    """A pose model that answers one heatmap per slot, as ViTPose does.

    Attributes:
        blur_kernel: cells over which a heatmap is blurred before its peak is looked for.
    """

    responses: ClassVar[tuple[str, ...]] = ("heatmaps",)

    blur_kernel: int = 11

    def decode(self, responses: Responses) -> tuple[np.ndarray, np.ndarray]:
        """(N, K, 2) network pixels and (N, K) scores of (N, K, h, w)."""
        return decode_udp_heatmaps(*responses, self.input_size, self.blur_kernel, self.as_host)

    def turn_back(self, responses: Responses) -> Responses:
        """The responses to a mirrored crop as if it had not been; cells mirror onto cells."""
        return (responses[0][:, self.taxonomy.union_flip_indices, :, ::-1],)


def require_one_pair(detector: DetectorSpec, pose: PoseSpec) -> None:
    """Refuse two networks that do not mean the same by their answers.

    Raises:
        InputError: their taxonomies differ.
    """
    _require_one_taxonomy(
        (detector, "the detector"), (pose, "the pose model"), "give two networks of one taxonomy"
    )


def require_same_helper(
    spec: DetectorSpec | PoseSpec, helper: DetectorSpec | PoseSpec, key: str
) -> None:
    """Refuse a network that the config of another one names and that means something else.

    Args:
        spec: of the network whose config it is.
        helper: of the one that it names.
        key: under which.

    Raises:
        InputError: their taxonomies differ.
    """
    named = helper, f"the network that `{key}` names"
    advice = f"leave `{key}` out of its config"
    _require_one_taxonomy(named, (spec, "the one that names it"), advice)


_ADDED_LATER = {
    *("has_presence", "enlarge", "taxonomy", "as_host", "shown", "several_views", "mirrored_from"),
    "has_space",
}
"""Missing from the ``meta.json`` of older exports, which are read with the default."""


def to_json(spec: DetectorSpec | PoseSpec) -> dict:
    """The entry of ``meta.json``."""
    names = (
        spec.taxonomy.classes if isinstance(spec, DetectorSpec) else spec.taxonomy.union_keypoints
    )
    return asdict(spec) | {"taxonomy": spec.taxonomy.to_dict(), "answers": list(names)}


def pose_from_json(entry: Mapping[str, Any], where: str) -> SimCCSpec | HeatmapSpec:
    """The inverse of ``to_json`` for whichever pose model it is; errors as in ``from_json``."""
    heatmaps = "heatmaps" in entry.get("outputs", ())
    return from_json(HeatmapSpec if heatmaps else SimCCSpec, entry, where)


def from_json(kind: type, entry: Mapping[str, Any], where: str) -> Any:
    """The inverse of ``to_json``.

    Raises:
        InputError: a field is missing, the taxonomy is broken, or the model answers something
            else than its taxonomy says.
    """
    names = {f.name for f in fields(kind)}
    missing = sorted(names - set(entry) - _ADDED_LATER)
    if missing:
        raise InputError(f"{where}: {missing[0]} is missing; export the model again")
    given = {n: entry[n] for n in names & set(entry)}
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
    try:
        values["taxonomy"] = to_taxonomy(entry.get("taxonomy"))
    except InputError as error:
        raise InputError(f"{where}: {error}; export the model again") from None
    spec = kind(**values)
    # Exports from before taxonomies name their answers "classes" and "slots".
    told = entry.get("answers") or entry.get("classes") or entry.get("slots")
    if told is not None and list(told) != to_json(spec)["answers"]:
        raise InputError(
            f"{where}: the model answers {list(told)}, its taxonomy {spec.taxonomy.name!r} has "
            f"{to_json(spec)['answers']}; export it again"
        )
    return spec


def _require_one_taxonomy(
    first: tuple[DetectorSpec | PoseSpec, str],
    second: tuple[DetectorSpec | PoseSpec, str],
    advice: str,
) -> None:
    (mine, name), (theirs, other) = ((spec.taxonomy, name) for spec, name in (first, second))
    if mine != theirs:
        raise InputError(
            f"{name} was trained for taxonomy {mine.name!r} ({', '.join(mine.classes)}), {other} "
            f"for {theirs.name!r} ({', '.join(theirs.classes)}); {advice}"
        )
