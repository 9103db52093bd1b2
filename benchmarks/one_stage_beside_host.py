"""Our head of RTMO beside the host's, on data of one category, which is all the host's can do.

Both learn a dozen drawn pictures of two things each by heart, from the same random backbone and
neck, in as many steps of all pictures; every category of `drawn_categories.py` is a data set of
its own. The host's head has the losses, weights and two phases of its config, on layers as ours.
Scored on the same pictures, in their own boxes. Some minutes of one core for each line.

    python benchmarks/one_stage_beside_host.py --out OUT

`--lr 4e-3 --clip 0.1` are the host's; without a scale of hundreds of thousands of pictures it
learns slowly by them.
"""

import argparse
import copy
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch  # noqa: E402
from drawn_categories import SIZE, TAXONOMY, draw  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.hub import get_config  # noqa: E402
from mmengine.logging import MMLogger  # noqa: E402
from mmengine.registry import DATASETS, MODELS, DefaultScope  # noqa: E402
from overfit import ROOT, SMALL, still_config, write_subset  # noqa: E402

import surgtools.register  # noqa: E402, F401  (before any host)
from surgtools.evaluation.keypoint_scores import evaluate_keypoints  # noqa: E402
from surgtools.evaluation.metrics.instrument_metric import to_results  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.models.instrument_rtmo_head import Candidates  # noqa: E402

HOST = "mmpose::body_2d_keypoint/rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py"
SECOND_PHASE = 280 / 600
"""Share of the host's training after which keypoints of the bins teach the regressed ones."""

SIDE = 128


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path, help="folder for pictures and table")
    parser.add_argument("--num", type=int, default=12, help="number of pictures")
    parser.add_argument("--steps", type=int, default=280)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--clip", type=float, default=35.0, help="largest norm of a gradient")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--heads", nargs="+", choices=("ours", "host"), default=["ours", "host"])
    args = parser.parse_args()
    MMLogger.get_current_instance().setLevel("WARNING")  # every layer would say how it begins
    table: dict[str, dict[str, list[float]]] = {}
    for category in TAXONOMY.categories:
        data = args.out / category.name
        if not (data / "train").exists():
            draw(data / "train", args.num, 0, [category])
        for head in args.heads:
            for seed in args.seeds:
                score = learnt(data, head, seed, args)
                table.setdefault(category.name, {}).setdefault(head, []).append(score)
                print(category.name, head, f"seed {seed}: keypoint AP {score:.3f}", flush=True)
    means = {
        head: sum(sum(own[head]) for own in table.values()) / len(table) / len(args.seeds)
        for head in args.heads
    }
    print("mean", {head: round(mean, 3) for head, mean in means.items()})
    if len(means) == 2 and means["host"]:
        print(f"ours / host: {means['ours'] / means['host']:.2f}")
    facts = {name: value for name, value in vars(args).items() if name != "out"}
    write_json(args.out / "beside_host.json", {"settings": facts, "keypoint AP": table})
    return 0


def learnt(data: Path, head: str, seed: int, args: argparse.Namespace) -> float:
    """Keypoint AP after the training of one head."""
    config = still_config(ROOT / SMALL["one_stage"], write_subset(data, data, args.num), data, 1)
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope("mmdet"):
        dataset = DATASETS.build(config.train_dataloader.dataset)
        model = MODELS.build(config.model)
    model.init_weights()
    batch = pseudo_collate([dataset[index] for index in range(len(dataset))])
    batch = model.data_preprocessor(batch, True)
    samples = [model._to_pose_sample(sample) for sample in batch["data_samples"]]
    if head == "host":
        model.head = host_head(config.model.head, model.taxonomy)
        for sample in samples:
            labels = sample.gt_instance_labels
            labels.keypoints_visible_weights = torch.ones_like(labels.keypoints_visible)
    train(model, batch["inputs"], samples, args)
    truth = read_json(data / "train/coco_keypoints.json")
    rows = answered(model, head, batch)
    settings = EvaluationSettings(bootstrap=0, taxonomy=model.taxonomy)
    return evaluate_keypoints(truth, rows, settings)["AP"]


def host_head(ours: dict, taxonomy) -> torch.nn.Module:
    """The host's, by its config but for the layers, which are as ours, and the sigmas."""
    from mmpose.models.heads import RTMOHead

    own = copy.deepcopy(get_config(HOST).model.head.to_dict())
    own.pop("type")
    own["num_keypoints"] = taxonomy.num_slots
    own["head_module_cfg"] = {**copy.deepcopy(dict(ours["head_module_cfg"])), "num_classes": 1}
    own["assigner"]["oks_calculator"]["metainfo"] = own["loss_oks"]["metainfo"] = None
    with DefaultScope.overwrite_default_scope("mmpose"):
        head = RTMOHead(**own)
    head.init_weights()
    sigmas = torch.tensor(taxonomy.sigmas)
    head.assigner.oks_calculator.sigmas = sigmas
    head.loss_oks.register_buffer("sigmas", sigmas, persistent=False)
    return head


def train(model, inputs, samples, args: argparse.Namespace) -> None:
    """Warm up over ten steps, then a cosine to 0; the host's head in its two phases."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.05)
    for step in range(args.steps):
        if step == int(SECOND_PHASE * args.steps) and hasattr(model.head, "proxy_target_cc"):
            second_phase(model.head)
        fall = 0.5 * (1 + math.cos(math.pi * step / args.steps))
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 10) * fall
        losses = model.head.loss(model.extract_feat(inputs), samples)
        optimizer.zero_grad()
        sum(loss.mean() for name, loss in losses.items() if name.startswith("loss")).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        optimizer.step()


def second_phase(head) -> None:
    """What ``RTMOModeSwitchHook`` of the host's config sets; ours knows one phase."""
    if type(head).__name__ != "RTMOHead":
        return
    head.proxy_target_cc = True
    head.loss_mle.loss_weight, head.loss_oks.loss_weight = 5.0, 10.0


@torch.no_grad()
def answered(model, head: str, batch: dict) -> list[dict]:
    """COCO results of all pictures."""
    features, rows = model.eval().extract_feat(batch["inputs"]), []
    scale = SIDE / SIZE
    samples = [copy.copy(sample) for sample in batch["data_samples"]]
    if head == "host":
        for sample in samples:
            sample.set_metainfo({"input_size": (SIDE, SIDE)})
        for sample, found in zip(
            samples,
            model.head.predict(features, samples, {"score_thr": 0.05, "nms_thr": 0.65}),
            strict=True,
        ):
            for name in ("keypoints", "bboxes"):
                found.set_field((found[name] + 0.5) / scale - 0.5, name)
            sample.pred_instances = found
            rows += to_results(sample.to_dict(), model.taxonomy)
        return rows
    found = model.head.answer(features)
    for index, sample in enumerate(samples):
        own = Candidates(*(values[index] for values in found))
        facts = sample.metainfo | {"scale_factor": [scale, scale]}
        sample.pred_instances = model._to_instances(own, facts)
        rows += to_results(sample.to_dict(), model.taxonomy)
    return rows


if __name__ == "__main__":
    sys.exit(main())
