"""What MMPose imports from ``xtcocotools``, built on pycocotools.

xtcocotools has no wheel for numpy 2: its published one fails on import, and its source needs a
compiler. MMPose uses four things beyond pycocotools: ``anno_file``, a default ``iscrowd``,
``COCOeval(gt, dt, iou_type, sigmas, use_area)``, and instances without visible keypoints being
ignored. ``install`` provides exactly these; the crowd and whole-body scores are refused.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
from pycocotools import mask
from pycocotools.coco import COCO as PlainCOCO
from pycocotools.cocoeval import COCOeval as PlainCOCOeval

NAME = "xtcocotools"
AREA_OF_BOX = 0.53
"""Share of its box that a COCO person covers; xtcocotools scores with it when areas are absent."""


class COCO(PlainCOCO):
    """``pycocotools.coco.COCO`` with the attribute and the default that MMPose relies on."""

    def __init__(self, annotation_file: str | None = None) -> None:
        super().__init__(annotation_file)
        self.anno_file = [annotation_file]

    def createIndex(self) -> None:
        for annotation in self.dataset.get("annotations", ()):
            annotation.setdefault("iscrowd", 0)
        super().createIndex()

    def loadRes(self, resFile):
        """Results as a ``COCO``; an empty list is a result, pycocotools fails on it."""
        if isinstance(resFile, list) and not resFile:
            result = COCO()
            result.dataset = {**self.dataset, "annotations": []}
            result.createIndex()
            return result
        return super().loadRes(resFile)


class COCOeval(PlainCOCOeval):
    """``pycocotools`` scores with xtcocotools' arguments.

    Args:
        sigmas: (k,) OKS constants; COCO's for 17 human keypoints when not given.
        use_area: False takes ``AREA_OF_BOX`` of the box in place of ``area``.
    """

    def __init__(self, cocoGt=None, cocoDt=None, iouType="keypoints", sigmas=None, use_area=True):
        if iouType not in ("keypoints", "bbox", "segm"):
            raise NotImplementedError(
                f"iouType {iouType!r} needs the real xtcocotools; keypoints, bbox and segm are "
                "provided on pycocotools"
            )
        super().__init__(cocoGt, cocoDt, iouType)
        self.use_area = use_area
        if sigmas is not None and iouType == "keypoints":
            self.params.kpt_oks_sigmas = np.asarray(sigmas, dtype=float)

    def _prepare(self) -> None:
        keypoints = self.params.iouType == "keypoints"
        # pycocotools trusts a stored `num_keypoints` and requires it; v is what counts.
        for annotation in self.cocoGt.dataset["annotations"] if keypoints else ():
            annotation["num_keypoints"] = _count_labelled(annotation)
        super()._prepare()
        for group in self._gts.values():
            for i, annotation in enumerate(group):
                if "area" not in annotation or not self.use_area:
                    _, _, width, height = annotation["bbox"]
                    group[i] = {**annotation, "area": AREA_OF_BOX * width * height}
        if keypoints:
            for group in self._dts.values():
                group[:] = [result for result in group if _count_labelled(result)]


def _count_labelled(annotation: dict) -> int:
    return int(np.count_nonzero(np.asarray(annotation["keypoints"][2::3]) > 0))


def install() -> bool:
    """Make ``import xtcocotools`` work; a usable xtcocotools is left alone.

    Returns:
        Whether the stand-in is the one in use. Calling twice changes nothing.
    """
    loaded = sys.modules.get(NAME)
    if loaded is not None:
        return getattr(loaded, "__surgtools_standin__", False)
    try:
        import xtcocotools.coco
        import xtcocotools.cocoeval  # noqa: F401

        return False
    except (ImportError, ValueError, AttributeError):  # absent, or built against another numpy
        for name in [m for m in sys.modules if m == NAME or m.startswith(NAME + ".")]:
            del sys.modules[name]
    package = _module(NAME, is_package=True)
    package.__surgtools_standin__ = True
    package.coco = _module(f"{NAME}.coco", COCO=COCO)
    package.cocoeval = _module(f"{NAME}.cocoeval", COCOeval=COCOeval)
    package.mask = mask
    sys.modules[f"{NAME}.mask"] = mask
    return True


def _module(name: str, is_package: bool = False, **content) -> ModuleType:
    module = ModuleType(name, "Stand-in made by surgtools.hosts.xtcocotools.")
    module.__spec__ = ModuleSpec(name, loader=None, is_package=is_package)
    if is_package:
        module.__path__ = []
    module.__dict__.update(content)
    sys.modules[name] = module
    return module
