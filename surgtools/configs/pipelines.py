"""What happens to a picture on its way into a network, written once for all configs.

A config names the size of its network's input and gets two lists of transforms from here, one for
training and one for validation and tests. It may change them like any list. A config that imports
has its ``_base_`` in the first line: by that the host knows which kind of config it reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Transform = dict[str, Any]


def box_pipelines(
    size: tuple[int, int],
    pack: str = "PackDetInputs",
    annotations: str = "instances",
    **warp: Any,
) -> tuple[list[Transform], list[Transform]]:
    """Pipelines of a network that sees the whole picture.

    Args:
        size: width and height of the input in pixels.
        pack: the last transform.
        annotations: what it hands to the metric beside the facts of the picture.
        warp: settings of ``RandomWarp`` other than those for instruments, which lie any way up.

    Returns:
        For training, and for validation and tests.
    """
    facts = ("img_id", "img_path", "ori_shape", "img_shape")
    train = [
        dict(type="LoadInstrumentImage", layer_prob=0.7),
        dict(type="RandomWarp", size=size, **(dict(scale=(0.6, 1.5)) | warp)),
        dict(type="RecomposeBackground", black_prob=0.0),
        dict(type="RandomOcclude", prob=0.2),
        dict(type="RandomPhotometric"),
        dict(type="RandomDegrade"),
        dict(type=pack, meta_keys=facts),
    ]
    test = [
        dict(type="LoadInstrumentImage"),
        dict(type="Resize", scale=size, keep_ratio=True),
        dict(type="Pad", size=size, pad_val=dict(img=(114, 114, 114))),
        dict(type=pack, meta_keys=(*facts, "scale_factor", annotations)),
    ]
    return train, test


def composed_pipelines(
    crop: tuple[int, int], size: tuple[int, int], photographs: str | None
) -> tuple[list[Transform], list[Transform]]:
    """Pipelines of a detector that learns from frames composed of layers.

    It trains on crops in which an instrument has the size, in pixels, that it has when a whole
    frame is seen at ``size``: the network itself has no size, and a crop costs a third.

    Args:
        crop: width and height of a training picture.
        size: width and height of the input in tests.
        photographs: folder of pictures without any instrument, or None.
    """
    train = [
        dict(type="ComposeFrame", size=crop, photographs=photographs, extent=(0.09, 0.9)),
        dict(type="TheatreLight"),
        dict(type="RandomOcclude", prob=0.1),
        dict(type="RandomPhotometric"),
        dict(type="RandomDegrade", max_blur=1.5, max_motion=6.0, min_resolution=0.5),
        dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape")),
    ]
    test = [
        dict(type="ShrinkToFit", scale=size) if step["type"] == "Resize" else step
        for step in box_pipelines(size)[1]
    ]
    return train, test


def pose_pipelines(
    size: tuple[int, int],
    encoder: Mapping[str, Any],
    use_udp: bool = False,
    photographs: str | None = None,
    theatre: float = 0.0,
    rotate: float = 180,
) -> tuple[list[Transform], list[Transform]]:
    """Pipelines of a network that sees one instrument, cut out by its box.

    Args:
        size: width and height of the input in pixels.
        encoder: codec that turns keypoints into what the network learns.
        use_udp: cut the box out without the half pixel that rounding costs, as heatmaps want it.
        photographs: folder of pictures without any instrument, or None: what lies behind half of
            the layers, and what is learned to hold no instrument.
        theatre: share of crops under the light of an operating theatre.
        rotate: degrees by which an instance is turned at most; people rarely stand on their heads.

    Returns:
        For training, and for validation and tests.

    Source of ``use_udp``: Huang et al., The Devil Is in the Details, CVPR 2020.
    """
    udp = dict(use_udp=True) if use_udp else {}
    train = [
        dict(type="LoadInstrumentImage", layer_prob=0.7),
        dict(type="GetBBoxCenterScale"),
        dict(type="InstrumentFlip"),
        dict(
            type="RandomBBoxTransform",
            shift_factor=0.08,
            scale_factor=(0.85, 1.4),
            rotate_factor=rotate,
            rotate_prob=0.9,
        ),
        dict(type="RandomPerspective", input_size=size, **udp),
        dict(type="RecomposeBackground", **(dict(folder=photographs) if photographs else {})),
        dict(type="RandomOcclude"),
        *([dict(type="TheatreLight", prob=theatre)] if theatre else []),
        dict(type="RandomPhotometric"),
        dict(type="RandomDegrade"),
        dict(type="GenerateTarget", encoder=dict(encoder)),
        dict(type="PackPoseInputs"),
    ]
    test = [
        dict(type="LoadInstrumentImage"),
        dict(type="GetBBoxCenterScale"),
        dict(type="TopdownAffine", input_size=size, **udp),
        dict(type="PackPoseInputs"),
    ]
    return train, test


def student_pipeline(
    pipeline: Sequence[Mapping[str, Any]], role: str, low_resolution: Sequence[float] = ()
) -> list[Transform]:
    """The pipeline of a network that adapts: that of its training, and how far a label is trusted.

    Real frames have no layers to compose, so a detector that was trained on composed frames sees
    parts of whole ones instead.

    Args:
        pipeline: of its training.
        role: ``detector``, ``pose`` or ``one_stage``.
        low_resolution: factors of ``LowResolution``; empty for those of its training, if any.
    """
    steps = []
    for step in _from_whole_pictures(pipeline):
        if step["type"] == "LowResolution" and low_resolution:
            continue  # others take its place
        coarse = step["type"] == "LoadInstrumentImage" and low_resolution
        # No camera puts a coarse instrument before a sharp background, as a layer would be.
        steps.append({**step, "layer_prob": 0.0} if coarse else {**step})
        if coarse:
            steps.append({"type": "LowResolution", "factors": list(low_resolution)})
        if step["type"] == "GenerateTarget" and role == "pose":
            steps.append({"type": "PseudoLabelTrust"})
    return steps


def _from_whole_pictures(pipeline: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The pipeline with ``ComposeFrame`` replaced by a part of one picture, seen as large."""
    steps: list[Mapping[str, Any]] = []
    for step in pipeline:
        if step["type"] != "ComposeFrame":
            steps.append(step)
            continue
        behind = dict(folder=step["photographs"]) if step.get("photographs") else {}
        steps += [
            dict(type="LoadInstrumentImage", layer_prob=0.7),
            dict(type="RandomWarp", size=step["size"], scale=(0.8, 2.2)),
            dict(type="RecomposeBackground", black_prob=0.0, **behind),
        ]
    return steps
