"""Metrics of both stages, in MMEngine's root registry, where either host finds them."""

from surgtools.evaluation.metrics.instrument_box_metric import InstrumentBoxMetric
from surgtools.evaluation.metrics.instrument_metric import InstrumentMetric

__all__ = ["InstrumentBoxMetric", "InstrumentMetric"]
