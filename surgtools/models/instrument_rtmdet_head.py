"""RTMDet's head with one class per instrument of ``metainfo``."""

from mmdet.models.dense_heads import RTMDetSepBNHead
from mmdet.registry import MODELS

from surgtools.metainfo import CLASSES


@MODELS.register_module()
class InstrumentRTMDetHead(RTMDetSepBNHead):
    """``RTMDetSepBNHead`` that counts the classes itself, so that no config has to.

    Args:
        num_classes: None, or what ``metainfo`` says.
        kwargs: see the host's head.
    """

    def __init__(self, num_classes: int | None = None, **kwargs) -> None:
        super().__init__(num_classes=num_classes or len(CLASSES), **kwargs)
