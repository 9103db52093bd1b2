"""What one has to know about a network to feed it and to read it; ``meta.json`` of an export.

Sizes are (width, height). Plain data, so that the ONNX path needs no config and no torch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from surgtools.errors import InputError
from surgtools.metainfo import CLASSES, UNION_KEYPOINTS


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
        classes: category names by label.
    """

    input_size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr_to_rgb: bool
    pad_value: int = 114
    nms_thr: float = 0.65
    max_boxes: int = 100
    classes: tuple[str, ...] = CLASSES


@dataclass(frozen=True)
class PoseSpec:
    """How the pose model wants its crop and how its SimCC output is read.

    Attributes:
        input_size: (w, h) of the crop.
        padding: how much larger than the box the crop is.
        use_udp: whether the crop is warped in the unbiased way of UDP.
        split_ratio: SimCC bins per crop pixel.
        sigma: of the label's Gaussian in x and y, in bins.
        logit_scale: softmax temperature of training.
        has_visibility: whether there is a third output with a visibility logit per slot.
        has_presence: whether there is a fourth output with a presence logit per category.
        slots: names of the union slots.
    """

    input_size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr_to_rgb: bool
    padding: float = 1.25
    use_udp: bool = False
    split_ratio: float = 2.0
    sigma: tuple[float, float] = (5.66, 5.66)
    logit_scale: float = 10.0
    has_visibility: bool = True
    has_presence: bool = False
    slots: tuple[str, ...] = UNION_KEYPOINTS


_ADDED_LATER = {"has_presence"}
"""Missing from the ``meta.json`` of older exports, which are read with the default."""


def to_json(spec: DetectorSpec | PoseSpec) -> dict:
    """The entry of ``meta.json``."""
    return asdict(spec)


def from_json(kind: type, entry: Mapping[str, Any], where: str) -> Any:
    """The inverse of ``to_json``.

    Raises:
        InputError: a field is missing, or categories or slots are not those of this surgtools.
    """
    names = {f.name for f in fields(kind)}
    missing = sorted(names - set(entry) - _ADDED_LATER)
    if missing:
        raise InputError(f"{where}: {missing[0]} is missing; export the model again")
    given = {n: entry[n] for n in names & set(entry)}
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
    spec = kind(**values)
    known, given = (
        (CLASSES, spec.classes) if kind is DetectorSpec else (UNION_KEYPOINTS, spec.slots)
    )
    if given != known:
        raise InputError(
            f"{where}: the model knows {list(given)}, this surgtools {list(known)}; export it "
            "with the surgtools that trained it"
        )
    return spec
