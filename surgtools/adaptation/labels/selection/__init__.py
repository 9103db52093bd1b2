"""Which proposed labels to trust: one pure function per question, arrays in, ``Verdict`` out.

A rule is a statistic of every proposed instance and a threshold that the source set gave
(``thresholds.calibrate``). NaN says that the question cannot be asked of this instance, for
example a track's jump in a folder of unrelated photographs; such an instance passes.
"""

from surgtools.adaptation.labels.selection.agreement import VIEWS, fuse_views, view_disagreement
from surgtools.adaptation.labels.selection.balance import balance_classes
from surgtools.adaptation.labels.selection.flow import flow_disagreement
from surgtools.adaptation.labels.selection.overlap import one_per_place
from surgtools.adaptation.labels.selection.residual import MAX_RESIDUAL, fit_residual
from surgtools.adaptation.labels.selection.scores import mean_keypoint_score
from surgtools.adaptation.labels.selection.shape import ShapeModel
from surgtools.adaptation.labels.selection.thresholds import RULES, calibrate
from surgtools.adaptation.labels.selection.tracks import link_tracks, temporal_jump
from surgtools.adaptation.labels.selection.verdict import Verdict, judge

__all__ = [
    "MAX_RESIDUAL",
    "RULES",
    "VIEWS",
    "ShapeModel",
    "Verdict",
    "balance_classes",
    "calibrate",
    "fit_residual",
    "flow_disagreement",
    "fuse_views",
    "judge",
    "link_tracks",
    "mean_keypoint_score",
    "one_per_place",
    "temporal_jump",
    "view_disagreement",
]
