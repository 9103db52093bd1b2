"""Start a one-stage network from a detector: it finds boxes before it learns a step."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from surgtools.errors import InputError

_SAME = ("backbone.", "neck.", "data_preprocessor.")


def start_from_detector(
    detector: Mapping[str, Tensor], own: Mapping[str, Tensor], levels: Sequence[int]
) -> dict[str, Tensor]:
    """Weights of an ``InstrumentRTMO`` with all that an RTMDet can give.

    Backbone and neck are the same. The branch of the categories is the detector's, layer by
    layer, and so is that of the boxes, which are the first layers of the branch of the places:
    the first scores and boxes are the detector's. What only a one-stage network has keeps the
    values of ``own``.

    Args:
        detector: state of an RTMDet with as many channels and categories.
        own: state of the one-stage network.
        levels: of the detector's head, which the one-stage network has.

    Raises:
        InputError: a tensor is missing, or has another shape.
    """
    names = {name: name for name in own if name.startswith(_SAME)}
    for to, level in enumerate(levels):
        for name in own:
            for ours, theirs in (
                (f"head.head_module.conv_cls.{to}.", f"bbox_head.cls_convs.{level}."),
                (f"head.head_module.conv_pose.{to}.", f"bbox_head.reg_convs.{level}."),
                (f"head.head_module.out_cls.{to}.", f"bbox_head.rtm_cls.{level}."),
                (f"head.head_module.out_bbox.{to}.", f"bbox_head.rtm_reg.{level}."),
            ):
                # the branch of the places goes on where the detector's ends
                if name.startswith(ours) and (
                    theirs + name[len(ours) :] in detector or "conv_pose" not in ours
                ):
                    names[name] = theirs + name[len(ours) :]
    started = dict(own)
    for name, theirs in names.items():
        given = detector.get(theirs)
        if given is None or given.shape != own[name].shape:
            what = "is missing" if given is None else f"has shape {tuple(given.shape)}"
            raise InputError(
                f"{theirs} of the detector {what}, {tuple(own[name].shape)} is expected; give a "
                "detector of the backbone, channels and categories of the one-stage config"
            )
        started[name] = given
    return started
