"""Correctness by overfitting: train and test every kind of network on the same pictures.

A chain from labels to scores that is right learns a few pictures by heart. Prints one line per
stage and ends with exit code 1 when keypoint AP (ground-truth boxes; of a one-stage network its
own boxes) is below 0.95 or box AP below 0.90.

    python benchmarks/overfit.py --data data/instruments --out work_dirs/overfit

Without ``--data`` it draws pictures of three categories with 7, 2 and 4 keypoints and trains small
networks on small crops: minutes of one core.

    python benchmarks/overfit.py --stage pose --epochs 120 --out work_dirs/overfit_drawn
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from drawn_categories import draw  # noqa: E402
from mmengine.config import Config  # noqa: E402

import surgtools.register  # noqa: E402, F401  (before any host)
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.annotations.taxonomies import find_taxonomy  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.training.run import train  # noqa: E402
from surgtools.training.settle_taxonomy import settle_taxonomy  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
STAGES = {
    "pose": ("configs/pose/rtmpose-t_60e_instruments-256x256.py", "keypoints/AP", 0.95),
    "detection": ("configs/detection/rtmdet-tiny_60e_instruments-320x320.py", "boxes/AP", 0.90),
    "one_stage": (
        "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py",
        "keypoints/AP",
        0.95,
    ),
}
"""Stage to config, metric and what it must reach."""

SMALL = {
    "pose": "benchmarks/toy_configs/pose.py",
    "detection": "benchmarks/toy_configs/detector.py",
    "one_stage": "benchmarks/toy_configs/one_stage.py",
}
"""The configs for drawn pictures."""

RANDOM = {"RandomOcclude", "RandomPhotometric", "RandomDegrade", "InstrumentFlip"}
"""Transforms left out: the network is to see the pictures as the test does."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="dataset folder, its train split is used; drawn when none")
    parser.add_argument("--out", default="work_dirs/overfit", help="folder for the trainings")
    parser.add_argument("--num", type=int, default=32, help="number of pictures")
    parser.add_argument("--epochs", type=int, default=280)
    parser.add_argument("--stage", choices=STAGES, action="append", help="only this stage")
    parser.add_argument("--start", help="checkpoint to start from; else from random weights")
    args = parser.parse_args()
    out, data = Path(args.out), Path(args.data or Path(args.out) / "data")
    if args.data is None:
        draw(data / "train", args.num, seed=0)
    subset = write_subset(data, out, args.num)
    passed = True
    for stage in args.stage or STAGES:
        config_path, metric, floor = STAGES[stage]
        config_path = config_path if args.data else SMALL[stage]
        config = still_config(ROOT / config_path, subset, data, args.epochs)
        config.load_from = args.start
        runner = train(config, out / Path(config_path).stem, epochs=args.epochs)
        score = float(runner.message_hub.get_scalar(f"val/{metric}").current())
        passed &= score >= floor
        print(f"{stage}: {metric} {score:.3f} on {args.num} training pictures, floor {floor:.2f}")
    return 0 if passed else 1


def write_subset(data: Path, out: Path, num: int) -> Path:
    """The first ``num`` pictures with an instrument, as an annotation file of their own."""
    taxonomy, _ = find_taxonomy(data)
    content = load_coco(data / "train/coco_keypoints.json", taxonomy)
    with_instrument = {annotation["image_id"] for annotation in content["annotations"]}
    images = [image for image in content["images"] if image["id"] in with_instrument][:num]
    kept = {image["id"] for image in images}
    content["images"] = images
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in kept]
    path = out.resolve() / f"first_{num}.json"
    write_json(path, content)
    return path


def still_config(config_path: Path, subset: Path, data: Path, epochs: int) -> Config:
    """A training without random changes, scored at its end on the same pictures."""
    config = load_config(config_path, data_root=data.resolve())
    for loader in (config.train_dataloader, config.val_dataloader):
        loader.dataset.ann_file = str(subset)
        loader.dataset.data_prefix.img = "train/images/"
        loader.batch_size = 16
    settle_taxonomy(config)
    config.train_dataloader.dataset.pop("negatives", None)  # nothing is scored on them
    pipeline = [
        step | STILL.get(step.type, {})
        for step in config.train_dataloader.dataset.pipeline
        if step.type not in RANDOM
    ]
    config.train_dataloader.dataset.pipeline = pipeline
    if config.model.get("test_cfg", {}).get("flip_test"):
        config.model.test_cfg.flip_test = False  # mirror images are not learned by heart
    config.test_dataloader = config.test_cfg = config.test_evaluator = None
    # an average over hundreds of iterations lags behind a training of hundreds
    config.custom_hooks = [hook for hook in config.custom_hooks if hook.type != "EMAHook"]
    config.default_hooks.checkpoint.interval = epochs
    config.train_cfg.val_interval = epochs
    return config


STILL = {
    "LoadInstrumentImage": {"layer_prob": 0.0},
    "RandomPerspective": {"prob": 0.0},
    "RandomBBoxTransform": {"shift_prob": 0.0, "scale_prob": 0.0, "rotate_prob": 0.0},
    "RandomWarp": {"prob": 0.0, "flip_prob": 0.0},
}
"""Settings under which a random transform changes nothing."""

if __name__ == "__main__":
    sys.exit(main())
