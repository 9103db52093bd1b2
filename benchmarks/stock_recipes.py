"""The hosts' own recipes of our small networks, on our data at our input sizes.

Model, pipeline, optimizer and hooks are those of MMDetection's and MMPose's configs. Changed is
only what must be: the data, number of classes and keypoints, input size, no pretrained weights,
and no ``Albumentation``, a package that is not installed here (the recipe gets faster by that).
"""

from pathlib import Path

from mmengine.config import Config
from mmengine.hub import get_config

from surgtools.annotations.coco import load_coco
from surgtools.files import write_json
from surgtools.metainfo import CLASSES, METAINFO, NUM_SLOTS, UNION_KEYPOINTS, to_union

DETECTOR_SIDE, POSE_SIDE = 320, 256


def stock_detector(data: Path) -> Config:
    """MMDetection's ``rtmdet_tiny_8xb32-300e_coco`` at 320x320."""
    config = get_config("mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py")
    config.model.backbone.init_cfg = None
    config.model.bbox_head.num_classes = len(CLASSES)
    pipeline = config.train_dataloader.dataset.pipeline
    for step in pipeline:
        for key in ("img_scale", "scale", "crop_size", "size"):
            if key in step:  # sizes are given as multiples of 640
                step[key] = tuple(side * DETECTOR_SIDE // 640 for side in step[key])
    config.train_dataloader.dataset = {
        "type": "CocoDataset",
        "data_root": str(data),
        "ann_file": "train/coco_keypoints.json",
        "data_prefix": {"img": "train/images/"},
        "metainfo": {"classes": CLASSES},
        "filter_cfg": {"filter_empty_gt": True, "min_size": 32},
        "pipeline": pipeline,
    }
    return _train_only(config)


def stock_pose(data: Path, folder: Path) -> Config:
    """MMPose's ``rtmpose-s_8xb256-420e_coco-256x192`` at 256x256.

    Args:
        folder: gets the annotations as ``union.json``, one category with the keypoints of all,
            because the host's dataset knows one category only.
    """
    config = get_config(
        "mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py"
    )
    size = (POSE_SIDE, POSE_SIDE)
    codec = {**config.codec, "input_size": size, "sigma": (5.66, 5.66)}
    config.model.backbone.init_cfg = None
    config.model.head.update(
        out_channels=NUM_SLOTS,
        input_size=size,
        in_featuremap_size=(POSE_SIDE // 32, POSE_SIDE // 32),
        decoder=codec,
    )
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline = [step for step in pipeline if step.type != "Albumentation"]
    for step in pipeline:
        if "input_size" in step:
            step.input_size = size
        if "encoder" in step:
            step.encoder = codec
    config.train_dataloader.dataset = {
        "type": "CocoDataset",
        "data_mode": "topdown",
        "ann_file": str(write_union(data / "train/coco_keypoints.json", folder)),
        "data_prefix": {"img": str(data / "train/images") + "/"},
        "metainfo": METAINFO,
        "pipeline": pipeline,
    }
    return _train_only(config)


def write_union(ann_file: Path, folder: Path) -> Path:
    """The annotations as one category of all keypoints; those of the others have v = 0."""
    content = load_coco(ann_file)
    category = {"id": 1, "name": "instrument", "keypoints": list(UNION_KEYPOINTS), "skeleton": []}
    annotations = []
    for row in content["annotations"]:
        own = [row["keypoints"][i : i + 3] for i in range(0, len(row["keypoints"]), 3)]
        keypoints = to_union([own], row["category_id"])[0].ravel().tolist()
        annotations.append({**row, "category_id": 1, "keypoints": keypoints})
    path = folder / "union.json"
    rows = {"annotations": annotations, "categories": [category]}
    write_json(path, {**content, **rows})
    return path


def _train_only(config: Config) -> Config:
    """Without validation and without the switch of pipelines late in the recipe's training."""
    config.custom_hooks = [h for h in config.custom_hooks if h.type != "PipelineSwitchHook"]
    for stage in ("val", "test"):
        for part in ("cfg", "dataloader", "evaluator"):
            config[f"{stage}_{part}"] = None
    return config
