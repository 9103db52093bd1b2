"""The head of RTMO learns a dozen drawn pictures by heart, on the features of the detector.

Backbone and neck stay as the detector has them, so that their features are computed once: a minute
of one core, where `overfit.py --stage one_stage` trains a whole small network for several. Prints
the losses on the way, and keypoint AP on the same pictures.

    python benchmarks/one_stage_by_heart.py --out OUT
"""

import argparse
import copy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch  # noqa: E402
from drawn_domains import SOURCE, write_split  # noqa: E402

import surgtools.register  # noqa: E402, F401  (before any host)
from surgtools import zoo  # noqa: E402
from surgtools.evaluation.keypoint_scores import evaluate_keypoints  # noqa: E402
from surgtools.evaluation.metrics.instrument_metric import to_results  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.files import read_json  # noqa: E402
from surgtools.hosts.checkpoints import load_checkpoint  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.models.instrument_rtmo_head import Candidates  # noqa: E402
from surgtools.models.one_stage_start import start_from_detector  # noqa: E402

CONFIG = "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path, help="folder for the pictures")
    parser.add_argument("--num", type=int, default=12, help="number of pictures")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--lr", type=float, default=3e-3)
    args = parser.parse_args()
    if not (args.out / "train").exists():
        write_split(args.out / "train", args.num, SOURCE, seed=0)
    model, batch = started(args.out)
    with torch.no_grad():
        features = model.eval().extract_feat(batch["inputs"])
    learn(model, features, batch["data_samples"], args)
    print("keypoint AP", scored(model, features, batch["data_samples"], args.out))
    return 0


def started(folder: Path):
    """The network with the detector's weights, and all pictures of 128 px as one batch."""
    from mmengine.dataset import pseudo_collate
    from mmengine.registry import DATASETS, MODELS, DefaultScope

    config = load_config(Path(__file__).resolve().parents[1] / CONFIG, data_root=folder)
    steps = [
        dict(type="LoadInstrumentImage", layer_prob=0.0),
        dict(type="RandomWarp", size=(128, 128), prob=0.0, flip_prob=0.0),
        dict(type="PackOneStageInputs", meta_keys=("img_id", "ori_shape", "img_shape")),
    ]
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        data = DATASETS.build({**config.train_dataloader.dataset, "pipeline": steps})
        model = MODELS.build(config.model)
    detector = load_checkpoint(zoo.resolve(zoo.DETECTOR, None)[1])["state_dict"]
    model.load_state_dict(start_from_detector(detector, model.state_dict(), (1, 2)))
    samples = pseudo_collate([data[index] for index in range(len(data))])
    return model, model.data_preprocessor(samples, True)


def learn(model, features, samples, args: argparse.Namespace) -> None:
    """Warm up over ten steps, then fall linearly to 0."""
    head = model.head.train()
    learned = [model._to_pose_sample(sample) for sample in samples]
    optimizer = torch.optim.AdamW(head.parameters(), lr=args.lr)
    for step in range(args.steps):
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 10) * (1 - step / args.steps)
        losses = {name: loss.mean() for name, loss in head.loss(features, learned).items()}
        optimizer.zero_grad()
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 35.0)
        optimizer.step()
        if step % (args.steps // 4) == 0 or step == args.steps - 1:
            print(step, {name: round(loss.item(), 2) for name, loss in losses.items()}, flush=True)


@torch.no_grad()
def scored(model, features, samples, folder: Path) -> dict[str, float]:
    """Keypoint AP by category."""
    found, rows = model.head.eval().answer(features), []
    for index, sample in enumerate(samples):
        own = copy.copy(sample)
        candidates = Candidates(*(values[index] for values in found))
        facts = sample.metainfo | {"scale_factor": [128 / side for side in sample.ori_shape[::-1]]}
        own.pred_instances = model._to_instances(candidates, facts)
        rows += to_results(own.to_dict())
    truth = read_json(folder / "train" / "coco_keypoints.json")
    report = evaluate_keypoints(truth, rows, EvaluationSettings(bootstrap=0))
    return {name: round(part["AP"], 3) for name, part in report["categories"].items()}


if __name__ == "__main__":
    sys.exit(main())
