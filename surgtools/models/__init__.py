"""Backbones, heads, losses and whole models of surgtools, registered with their host."""

import surgtools.hosts.compat  # noqa: F401  (before any host)
from surgtools.models.backbone_with_photo_features import BackboneWithPhotoFeatures
from surgtools.models.efficientnet_lite import EfficientNetLite0
from surgtools.models.instrument_heatmap_head import InstrumentHeatmapHead
from surgtools.models.instrument_keypoint_rcnn import InstrumentKeypointRCNN
from surgtools.models.instrument_lifter import InstrumentLifter
from surgtools.models.instrument_rtmcc_head import InstrumentRTMCCHead
from surgtools.models.instrument_rtmdet_head import InstrumentRTMDetHead
from surgtools.models.instrument_rtmo import InstrumentRTMO
from surgtools.models.instrument_rtmo_head import InstrumentRTMOHead
from surgtools.models.pinpoint_rtmo_head import PinpointRTMOHead
from surgtools.models.simcc_kl_loss import SimCCKLLoss
from surgtools.models.spatial_rtmo_head import SpatialRTMOHead

__all__ = [
    "BackboneWithPhotoFeatures",
    "EfficientNetLite0",
    "InstrumentHeatmapHead",
    "InstrumentKeypointRCNN",
    "InstrumentLifter",
    "InstrumentRTMCCHead",
    "InstrumentRTMDetHead",
    "InstrumentRTMO",
    "InstrumentRTMOHead",
    "PinpointRTMOHead",
    "SimCCKLLoss",
    "SpatialRTMOHead",
]
