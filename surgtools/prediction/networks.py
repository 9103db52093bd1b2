"""Load trained models from config and checkpoint as plain networks; see ``network_modules``.

The torch backend runs these modules and ``surgtools.export`` writes them as ONNX, so both compute
the same graph. Boxes are decoded in the graph; everything after it is numpy.

Shapes: B pictures, P candidate boxes, C categories, N crops, K union slots.
"""

import copy
from pathlib import Path
from typing import Any

from mmcv.cnn import ConvModule, fuse_conv_bn
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy
from surgtools.models.codecs import LOGIT_SCALE, UnionHeatmap, UnionSimCC
from surgtools.prediction.network_modules import DetectorNetwork, HeatmapNetwork, PoseNetwork
from surgtools.prediction.specs import DetectorSpec, HeatmapSpec, SimCCSpec


def load_detector(
    config: str | Path,
    weights: str | Path | None,
    trust_checkpoint: bool = False,
    *,
    fused: bool = True,
) -> tuple[DetectorNetwork, DetectorSpec]:
    """Build a detector and read from its config how it wants to be fed.

    Args:
        weights: checkpoint; None leaves random weights.
        trust_checkpoint: load files that can run code.
        fused: fold batch norms into convolutions.

    Raises:
        InputError: config or checkpoint is missing, unreadable, unsafe or of another model.
    """
    settings = load_config(config)
    take_taxonomy(settings, weights, trust_checkpoint)
    taxonomy = config_taxonomy(settings)
    model = build_network(settings, config, "mmdet", weights, trust_checkpoint, fused)
    head = getattr(model, "bbox_head", None)
    if not hasattr(head, "rtm_cls"):
        raise InputError(
            f"{config}: {type(model).__name__} is no RTMDet; predict and export run RTMDet "
            "detectors, for others give their boxes with --boxes"
        )
    if head.num_classes != len(taxonomy.categories):
        raise InputError(
            f"{config}: the detector has {head.num_classes} classes, taxonomy {taxonomy.name!r} "
            f"{len(taxonomy.categories)}"
        )
    test_cfg = settings.model.get("test_cfg", {})
    spec = DetectorSpec(
        nms_thr=float(test_cfg.get("nms", {}).get("iou_threshold", 0.65)),
        max_boxes=int(test_cfg.get("max_per_img", 100)),
        shown=float(settings.get("shown", 1.0)),
        several_views=bool(settings.get("several_views", True)),
        mirrored_from=float(settings.get("mirrored_from", 1.0)),
        taxonomy=taxonomy,
        **read_detector_input(settings, config),
    )
    return DetectorNetwork(model).eval(), spec


def read_detector_input(settings: Config, path: str | Path) -> dict[str, Any]:
    """How a network of whole pictures wants to be fed, as arguments of ``DetectorSpec``.

    Raises:
        InputError: the test pipeline does not say.
    """
    pipeline = _test_pipeline(settings, path)
    pad = _step(pipeline, "Pad")
    shrink = _step(pipeline, "ShrinkToFit")
    size = pad.get("size") or (shrink or _step(pipeline, "Resize")).get("scale")
    if size is None:
        raise InputError(f"{path}: the test pipeline has no Pad with a size")
    value = pad.get("pad_val", 114)
    value = value.get("img", 114) if isinstance(value, dict) else value
    value = value[0] if isinstance(value, list | tuple) else value
    return {
        "input_size": tuple(int(side) for side in size),
        "pad_value": int(value),
        "enlarge": not shrink,
        **_normalization(settings),
    }


def load_pose(
    config: str | Path,
    weights: str | Path | None,
    trust_checkpoint: bool = False,
    *,
    fused: bool = True,
) -> tuple[PoseNetwork, SimCCSpec | HeatmapSpec]:
    """The same for a pose model with SimCC or heatmaps; see ``load_detector``."""
    settings = load_config(config)
    take_taxonomy(settings, weights, trust_checkpoint)
    taxonomy = config_taxonomy(settings)
    model = build_network(settings, config, "mmpose", weights, trust_checkpoint, fused)
    decoder = getattr(getattr(model, "head", None), "decoder", None)
    if not isinstance(decoder, UnionSimCC | UnionHeatmap):
        raise InputError(
            f"{config}: {type(model).__name__} has neither a SimCC nor a heatmap head of "
            "surgtools; predict and export run RTMPose and ViTPose models"
        )
    if model.head.out_channels != taxonomy.num_slots:
        raise InputError(
            f"{config}: the head answers {model.head.out_channels} keypoints, the union layout "
            f"of taxonomy {taxonomy.name!r} has {taxonomy.num_slots}"
        )
    pipeline = _test_pipeline(settings, config)
    network = (PoseNetwork if isinstance(decoder, UnionSimCC) else HeatmapNetwork)(model).eval()
    fed = dict(
        input_size=tuple(int(side) for side in decoder.input_size),
        padding=float(_step(pipeline, "GetBBoxCenterScale").get("padding", 1.25)),
        use_udp=bool(_step(pipeline, "TopdownAffine").get("use_udp", False)),
        has_visibility=network.has_visibility,
        has_presence=network.has_presence,
        taxonomy=taxonomy,
        as_host=decoder.as_host,
        **_normalization(settings),
    )
    if isinstance(decoder, UnionHeatmap):
        return network, HeatmapSpec(**fed, blur_kernel=int(decoder.blur_kernel_size))
    sigma_x, sigma_y = (float(value) for value in decoder.sigma)
    ratio = float(decoder.simcc_split_ratio)
    return network, SimCCSpec(
        **fed, split_ratio=ratio, sigma=(sigma_x, sigma_y), logit_scale=LOGIT_SCALE
    )


def build_network(
    settings: Config,
    path: str | Path,
    scope: str,
    weights: str | Path | None,
    trust: bool,
    fused: bool,
) -> nn.Module:
    """The model of a config with its weights, in the scope of a host; errors as above."""
    if "model" not in settings:
        raise InputError(f"{path}: has no `model`; give the config that the weights come from")
    try:
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(settings.model)
    except (KeyError, TypeError, ValueError, AssertionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: the model cannot be built ({reason})") from error
    if weights is not None:
        load_weights(model, weights, trust)
    return fuse(model) if fused else model


def fuse(model: nn.Module) -> nn.Module:
    """Fold every batch norm into its convolution, in place: the same answers in less time."""
    return fuse_conv_bn(_unshare(model.eval()))


def _unshare(model: nn.Module) -> nn.Module:
    """Give every ``ConvModule`` a convolution of its own.

    RTMDet's head shares convolutions between levels that have their own batch norm. Fusing changes
    a convolution in place, so a shared one would take in the batch norm of every level.
    """
    seen: set[int] = set()
    for module in model.modules():
        if isinstance(module, ConvModule):
            if id(module.conv) in seen:
                module.conv = copy.deepcopy(module.conv)
            seen.add(id(module.conv))
    return model


def _test_pipeline(settings: Config, path: str | Path) -> list[dict]:
    for name in ("test_dataloader", "val_dataloader"):
        dataset = (settings.get(name) or {}).get("dataset", {})
        while "pipeline" not in dataset and "dataset" in dataset:
            dataset = dataset["dataset"]
        if dataset.get("pipeline"):
            return dataset["pipeline"]
    if settings.get("test_pipeline"):
        return settings["test_pipeline"]
    raise InputError(f"{path}: has no test pipeline; give the config that training used")


def _step(pipeline: list[dict], name: str) -> dict:
    return next((step for step in pipeline if step["type"].split(".")[-1] == name), {})


def _normalization(settings: Config) -> dict[str, Any]:
    preprocessor = settings.model.get("data_preprocessor", {})
    return {
        "mean": tuple(float(v) for v in preprocessor.get("mean", (0, 0, 0))),
        "std": tuple(float(v) for v in preprocessor.get("std", (1, 1, 1))),
        "bgr_to_rgb": bool(preprocessor.get("bgr_to_rgb", False)),
    }
