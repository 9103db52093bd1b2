"""RTMO as a model of the hosts: boxes, categories and keypoints from one look at a picture.

Shapes: B pictures, N instances of one picture, T candidates, C categories, K slots of the union.
Boxes are ``xyxy``; pixel centers are on integers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmdet.registry import MODELS
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmpose.registry import MODELS as POSE_MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor
from torchvision.ops import batched_nms

from surgtools.models.instrument_rtmo_head import Candidates
from surgtools.models.rtmo_labels import to_labels
from surgtools.models.spatial_rtmo_head import SpatialCandidates
from surgtools.taxonomy.in_configs import to_taxonomy

HALF = 0.5
"""From pixel centers on integers to edges on integers, between which pictures are resized."""


@MODELS.register_module()
class InstrumentRTMO(BaseModel):
    """Backbone and neck of RTMDet with ``InstrumentRTMOHead``.

    Parts are named as in RTMDet, so a detector's checkpoint fills backbone and neck; see
    ``start_from_detector`` for the rest.

    Args:
        backbone, neck: of MMDetection.
        head: of MMPose; it looks at the last levels of the neck, one for each of its strides.
        data_preprocessor: the host's.
        test_cfg: ``max_candidates`` that are looked at, ``score_thr``, and ``nms_thr``, the
            overlap above which the worse of two answers of one category is dropped.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any],
        neck: Mapping[str, Any],
        head: Mapping[str, Any],
        data_preprocessor: Mapping[str, Any] | None = None,
        test_cfg: Mapping[str, Any] | None = None,
        taxonomy: dict | str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.taxonomy = to_taxonomy(taxonomy)
        self.backbone, self.neck = MODELS.build(backbone), MODELS.build(neck)
        with DefaultScope.overwrite_default_scope("mmpose"):
            self.head = POSE_MODELS.build({**head, "taxonomy": taxonomy})
        self.finest = hasattr(self.head, "fine_stride")
        unused = getattr(self.neck, "out_convs", ())[: -len(self.head.featmap_strides)]
        for layer in unused[int(self.finest) :]:  # the head does not look at these levels
            layer.requires_grad_(False)
        self.test_cfg = dict(max_candidates=64, score_thr=0.05, nms_thr=0.65) | dict(
            test_cfg or {}
        )
        owns = torch.zeros(len(self.taxonomy.categories), self.taxonomy.num_slots)
        for label, category in enumerate(self.taxonomy.categories):
            owns[label, self.taxonomy.slots_of(category.id)] = 1
        self.register_buffer("owns", owns, persistent=False)

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """The levels of the neck that the head looks at, each twice, and perhaps the finest one.

        The host's head gives half of the channels to either branch; here both see all.
        """
        levels = self.neck(self.backbone(inputs))
        used = levels[-len(self.head.featmap_strides) :]
        twice = tuple(torch.cat((level, level), dim=1) for level in used)
        return (*twice, levels[0]) if self.finest else twice

    def answer(self, inputs: Tensor) -> Candidates:
        """The surest candidates of (B, 3, h, w) pictures, in network pixels."""
        return self.head.answer(self.extract_feat(inputs), self.test_cfg["max_candidates"])

    def forward(
        self, inputs: Tensor, data_samples: Sequence | None = None, mode: str = "tensor"
    ) -> dict[str, Tensor] | Sequence | Candidates:
        """See the host's ``BaseModel``.

        Args:
            inputs: (B, 3, h, w).
            data_samples: B samples; for ``loss`` their ``gt_instances`` hold ``bboxes`` (N, 4),
                ``labels`` (N,), ``keypoints`` (N, K, 3) and perhaps ``keypoint_weights`` (N, K)
                and ``keypoints_3d`` (N, K, 4), meters and whether they are known. N may be 0.

        Returns:
            For ``loss`` those of the head. For ``predict`` the samples with ``pred_instances``:
            ``bboxes``, ``labels``, ``scores`` and ``bbox_scores`` (the same), ``keypoints``
            (N, K, 2), ``keypoint_scores`` and ``keypoints_visible`` (N, K) in [0, 1], in pixels
            of the original picture; a spatial head adds ``keypoints_3d`` (N, K, 3), meters from
            the root. Foreign slots are 0. For ``tensor`` the candidates.
        """
        if mode == "loss":
            learned = [self._to_pose_sample(sample) for sample in data_samples]
            return self.head.loss(self.extract_feat(inputs), learned)
        candidates = self.answer(inputs)
        if mode == "tensor":
            return candidates
        for row, sample in enumerate(data_samples):
            own = candidates._make(values[row] for values in candidates)
            sample.pred_instances = self._to_instances(own, sample.metainfo)
        return data_samples

    def _to_pose_sample(self, sample) -> PoseDataSample:
        truth, made = sample.gt_instances, PoseDataSample()
        keypoints = truth.keypoints
        if "keypoint_weights" in truth:
            keypoints = torch.cat((keypoints, truth.keypoint_weights[..., None]), dim=2)
        made.gt_instance_labels = to_labels(
            truth.bboxes,
            truth.labels,
            keypoints,
            len(self.taxonomy.categories),
            truth.keypoints_3d.flatten(1) if "keypoints_3d" in truth else None,
        )
        ignored = sample.get("ignored_instances")
        if ignored is not None and len(ignored):
            made.set_field(ignored.bboxes, "ignored")
        return made

    def _to_instances(self, found: Candidates, facts: Mapping[str, Any]) -> InstanceData:
        """Those of one picture that are left, best first; ``found`` without its B."""
        row, label = (found.scores > self.test_cfg["score_thr"]).nonzero(as_tuple=True)
        scale = found.boxes.new_tensor(facts.get("scale_factor", (1.0, 1.0)))
        height, width = facts["ori_shape"][:2]
        limits = found.boxes.new_tensor((width, height, width, height))
        boxes = ((found.boxes[row] + HALF) / scale.repeat(2) - HALF).clamp(min=0)
        boxes, scores = torch.minimum(boxes, limits), found.scores[row, label]
        kept = batched_nms(boxes, scores, label, self.test_cfg["nms_thr"])
        row, label, scores = row[kept], label[kept], scores[kept]
        own = self.owns[label]
        instances = InstanceData(
            bboxes=boxes[kept],
            labels=label,
            scores=scores,
            bbox_scores=scores,
            keypoints=((found.keypoints[row] + HALF) / scale - HALF) * own[..., None],
            keypoint_scores=found.keypoint_scores[row] * own,
            keypoints_visible=found.visibility[row] * own,
        )
        if isinstance(found, SpatialCandidates):
            points = found.keypoints_3d[row]
            root = points[torch.arange(len(row)), self.head.roots[label]]
            instances.keypoints_3d = (points - root[:, None]) * own[..., None]
        return instances
