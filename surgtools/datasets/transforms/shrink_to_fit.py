"""Resize a picture that is too large for the network, and no other."""

from mmdet.datasets.transforms import Resize
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ShrinkToFit(Resize):
    """The host's ``Resize`` with its proportions kept, for networks that know sizes in pixels.

    A detector that was trained on crops has never seen an instrument as large as a small picture
    that is enlarged would show it.
    """

    def __init__(self, scale: tuple[int, int], **kwargs) -> None:
        super().__init__(scale=scale, keep_ratio=True, **kwargs)
        self.largest = tuple(scale)

    def transform(self, results: dict) -> dict:
        """Resize to what fits, at most to the picture's own size."""
        height, width = results["img"].shape[:2]
        if width <= self.largest[0] and height <= self.largest[1]:
            self.scale = (width, height)
        else:
            self.scale = self.largest
        return super().transform(results)
