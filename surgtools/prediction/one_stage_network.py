"""A one-stage network as a plain one: pictures in, arrays out, the same for torch and for ONNX.

Shapes: B pictures, T candidates, C categories, K slots of the union.
"""

from pathlib import Path

from torch import Tensor, nn

from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy
from surgtools.models.instrument_rtmo import InstrumentRTMO
from surgtools.models.spatial_rtmo_head import SpatialRTMOHead
from surgtools.prediction.networks import build_network, read_detector_input
from surgtools.prediction.specs import OneStageSpec


class OneStageNetwork(nn.Module):
    """RTMO with everything decoded but the choice among the candidates.

    Args:
        model: a built ``InstrumentRTMO``.
    """

    def __init__(self, model: InstrumentRTMO) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, h, w) to what ``OneStageBackend`` says."""
        return tuple(self.model.answer(images))


def load_one_stage(
    config: str | Path,
    weights: str | Path | None,
    trust_checkpoint: bool = False,
    *,
    fused: bool = True,
) -> tuple[OneStageNetwork, OneStageSpec]:
    """Build a one-stage network; arguments and errors as of ``load_detector``."""
    settings = load_config(config)
    take_taxonomy(settings, weights, trust_checkpoint)
    model = build_network(settings, config, "mmdet", weights, trust_checkpoint, fused)
    if not isinstance(model, InstrumentRTMO):
        raise InputError(
            f"{config}: {type(model).__name__} is no RTMO; of the one-stage networks only RTMO "
            "can be exported"
        )
    spec = OneStageSpec(
        nms_thr=float(model.test_cfg["nms_thr"]),
        max_boxes=int(model.test_cfg["max_candidates"]),
        several_views=bool(settings.get("several_views", False)),
        has_space=isinstance(model.head, SpatialRTMOHead),
        taxonomy=config_taxonomy(settings),
        **read_detector_input(settings, config),
    )
    return OneStageNetwork(model).eval(), spec
