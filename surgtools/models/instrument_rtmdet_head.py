"""RTMDet's head with one class per category of the taxonomy."""

from mmdet.models.dense_heads import RTMDetSepBNHead
from mmdet.registry import MODELS
from mmengine.structures import InstanceData
from torch import Tensor

from surgtools.models.ignored_boxes import lie_within
from surgtools.taxonomy.in_configs import to_taxonomy


@MODELS.register_module()
class InstrumentRTMDetHead(RTMDetSepBNHead):
    """``RTMDetSepBNHead`` that learns nothing where an annotation says ``iscrowd``.

    The host reads ignored instances and learns them as background. Boxes are between pixel
    centers, in training as in the picture; the host's way back from a resized picture is half a
    network pixel off. The head also counts the classes itself, so that no config has to.

    Args:
        num_classes: None, or what the taxonomy says.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        kwargs: see the host's head.
    """

    def __init__(
        self, num_classes: int | None = None, taxonomy: dict | str | None = None, **kwargs
    ) -> None:
        own = to_taxonomy(taxonomy)
        super().__init__(num_classes=num_classes or len(own.categories), **kwargs)
        self.taxonomy = own

    def _get_targets_single(
        self,
        cls_scores: Tensor,
        bbox_preds: Tensor,
        flat_anchors: Tensor,
        valid_flags: Tensor,
        gt_instances: InstanceData,
        img_meta: dict,
        gt_instances_ignore: InstanceData | None = None,
        unmap_outputs: bool = True,
    ) -> tuple:
        """As the host; background priors (P, 4) within an ignored box weigh nothing."""
        targets = super()._get_targets_single(
            cls_scores,
            bbox_preds,
            flat_anchors,
            valid_flags,
            gt_instances,
            img_meta,
            gt_instances_ignore,
            unmap_outputs=unmap_outputs,
        )
        anchors, labels, label_weights = targets[:3]
        if anchors is not None and gt_instances_ignore is not None and len(gt_instances_ignore):
            ignored = lie_within(anchors, gt_instances_ignore.bboxes)
            label_weights[ignored & (labels == self.num_classes)] = 0
        return targets

    def _bbox_post_process(
        self, results: InstanceData, cfg, rescale: bool = False, **kwargs
    ) -> InstanceData:
        """As the host, with pixel centers on integers."""
        if not rescale:
            return super()._bbox_post_process(results, cfg, rescale=False, **kwargs)
        results.bboxes = results.bboxes + 0.5
        results = super()._bbox_post_process(results, cfg, rescale=True, **kwargs)
        results.bboxes = (results.bboxes - 0.5).clamp(min=0)
        return results
