"""The host's network that lifts keypoints to space, with as many channels as the taxonomy has."""

from mmpose.models.pose_estimators import PoseLifter
from mmpose.registry import MODELS

from surgtools.lifting import FEATURES
from surgtools.taxonomy.in_configs import to_taxonomy


@MODELS.register_module()
class InstrumentLifter(PoseLifter):
    """``PoseLifter`` whose input and output follow the taxonomy.

    Args:
        backbone: as the host's; ``in_channels`` is filled in.
        head: as the host's; ``num_joints`` is filled in.
        taxonomy: see ``to_taxonomy``.
        kwargs: see the host's model.
    """

    def __init__(
        self, backbone: dict, head: dict, taxonomy: dict | str | None = None, **kwargs
    ) -> None:
        slots = to_taxonomy(taxonomy).num_slots
        super().__init__(
            backbone={**backbone, "in_channels": FEATURES * slots},
            head={**head, "num_joints": slots},
            **kwargs,
        )
