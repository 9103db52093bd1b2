"""Pictures that hold the layers of several rendered pictures, for detectors.

A rendered picture costs seconds; laid small into another scene, beside others, the same layer
makes a new picture every time.
"""

import numpy as np
from mmdet.registry import DATASETS
from pycocotools import mask as rle

from surgtools.datasets.instrument_det_dataset import InstrumentDetDataset
from surgtools.datasets.transforms.compose_frame import ComposeFrame
from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.errors import InputError


@DATASETS.register_module()
class ComposedDetDataset(InstrumentDetDataset):
    """Each sample brings other pictures of the file along, from which ``ComposeFrame`` takes.

    Added keys: ``companions``, the entries of the other pictures; of every instance that has a
    mask ``visible_area``, the pixels that it shows, and the ``mask`` itself as run lengths.

    Args:
        num_companions: how many others come along.
        length: samples of an epoch; as many as there are pictures when None.
        kwargs: see ``InstrumentDetDataset``.

    Raises:
        InputError: the pipeline composes, and no picture has a layer: ``ComposeFrame`` would lay
            whole pictures as rectangles. Adaptation composes nothing, so its source needs none.
    """

    def __init__(
        self, *args, num_companions: int = 3, length: int | None = None, **kwargs
    ) -> None:
        self.num_companions, self.length = num_companions, length
        super().__init__(*args, **kwargs)

    def __len__(self) -> int:
        return self.length or super().__len__()

    def get_data_info(self, idx: int) -> dict:
        """One picture with its companions; beyond the last picture it starts again."""
        count = super().__len__()
        info = super().get_data_info(idx % count)
        others = worker_rng().integers(count, size=self.num_companions)
        info["companions"] = [super(ComposedDetDataset, self).get_data_info(i) for i in others]
        return info

    def load_data_list(self) -> list[dict]:
        """One entry per picture, with its instances."""
        entries = super().load_data_list()
        composes = any(isinstance(step, ComposeFrame) for step in self.pipeline.transforms)
        if composes and not any("layer_path" in entry for entry in entries):
            raise InputError(
                f"{self.ann_file}: no image names a `layer`; render with "
                "`surgtools generate ... --layers`"
            )
        return entries

    def _parse(self, image: dict, annotations: list[dict]) -> dict:
        info = super()._parse(image, annotations)
        for instance, annotation in zip(info["instances"], annotations, strict=True):
            mask = annotation.get("segmentation")
            if isinstance(mask, dict):
                instance["visible_area"], instance["mask"] = _pixels(mask), mask
        return info


def _pixels(mask: dict) -> float:
    if isinstance(mask["counts"], list):
        return float(np.sum(mask["counts"][1::2]))
    return float(rle.area(mask))
