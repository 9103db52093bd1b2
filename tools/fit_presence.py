"""Teach a trained pose network, by features of photographs, which crops show an instrument.

python tools/fit_presence.py OUT.pth --pose-weights FILE --photo-weights FILE --data DIR [DIR ...]

The pose part keeps its weights. The photo backbone is frozen, so its features of every crop are
computed once, with the changes of training, and the small branch is fitted to them in minutes.
`tools/stitch_backbone.py` and every detector with this backbone frozen hold the photo weights;
`tools/mine_false_boxes.py` writes DIR/false_boxes.json, which teaches most.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402

CONFIG = "surgtools/configs/pose/rtmpose-s-lite0_60e_instruments-384x384.py"
FALSE_BOXES = "false_boxes.json"


def main() -> int:
    """Put together, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument("--pose-weights", required=True, help="checkpoint of the pose network")
    parser.add_argument(
        "--photo-weights", required=True, help="checkpoint with an ImageNet EfficientNetLite0"
    )
    parser.add_argument(
        "--data",
        required=True,
        nargs="+",
        metavar="DIR",
        help=f"dataset folders with train/ and, if they have one, {FALSE_BOXES}",
    )
    parser.add_argument("--photographs", help="folder of pictures without any instrument")
    parser.add_argument("--samples", type=int, default=10000, help="crops to fit on")
    parser.add_argument(
        "--prior", type=float, default=0.05, help="share of a detector's boxes with an instrument"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        right = fit(args)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.out}: {right:.3f} of the crops that were kept out are told rightly")
    return 0


def fit(args: argparse.Namespace) -> float:
    """Write the checkpoint; returns the share of right answers on a tenth of the crops."""
    import torch
    from mmengine.registry import DATASETS, MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.files import write_whole
    from surgtools.hosts.config_files import load_config
    from surgtools.models.presence_fit import fit_presence

    path = Path(__file__).parents[1] / CONFIG
    init_default_scope("mmpose")
    network = MODELS.build(load_config(path).model).eval()
    meta = put_together(network, args.pose_weights, args.photo_weights)
    datasets = []
    for folder in args.data:
        dataset = load_config(path, data_root=folder).train_dataloader.dataset
        false_boxes = Path(folder) / FALSE_BOXES
        dataset.negatives.boxes_file = str(false_boxes) if false_boxes.exists() else None
        for step in dataset.pipeline:
            if step["type"] == "RecomposeBackground" and args.photographs:
                step["folder"] = args.photographs
        datasets.append(DATASETS.build(dataset))
    meta["cfg"] = load_config(path).pretty_text
    count = sum(value.numel() for value in network.parameters())
    meta["surgtools"] = meta.get("surgtools", {}) | {"parameters": count}
    crops = Crops(datasets, network, args.samples, args.seed)
    right = fit_presence(network.head.presence, crops, args.prior, args.seed)
    with write_whole(args.out) as part:
        torch.save({"meta": meta, "state_dict": network.state_dict()}, part)
    return right


def put_together(network, pose_weights: str, photo_weights: str) -> dict:
    """Fill the network's two backbones and its head, all but the presence branch.

    Returns:
        What the checkpoint of the pose network says of its training.

    Raises:
        InputError: a file does not hold what the network needs.
    """
    from surgtools.hosts.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(pose_weights)
    pose, photo = checkpoint["state_dict"], load_checkpoint(photo_weights)["state_dict"]
    parts = {
        f"backbone.backbone.{name.removeprefix('backbone.')}": value
        for name, value in pose.items()
        if name.startswith("backbone.")
    }
    parts |= {
        name: value
        for name, value in pose.items()
        if name.startswith("head.") and not name.startswith("head.presence.")
    }
    parts |= {
        f"backbone.photo_backbone.{name.removeprefix('backbone.')}": value
        for name, value in photo.items()
        if name.startswith(("backbone.stem.", "backbone.stages."))
    }
    own = network.state_dict()
    missing = [
        name
        for name, value in own.items()
        if not name.startswith("head.presence.")
        and (name not in parts or parts[name].shape != value.shape)
    ]
    if missing:
        file = photo_weights if "photo" in missing[0] else pose_weights
        raise InputError(
            f"{file}: {len(missing)} values are missing, first {missing[0]}; give the checkpoint "
            "of an RTMPose-s and that of an EfficientNetLite0"
        )
    network.load_state_dict({**own, **parts})
    return checkpoint["meta"]


class Crops:
    """Photo features (320, h, w) and presence labels (C,) of training crops, one by one.

    The labels say "an instrument", of whatever category: which one it is the detector says better
    than a look at a quarter of the pixels.
    """

    def __init__(self, datasets: list, network, samples: int, seed: int) -> None:
        self.datasets, self.network = datasets, network
        self.samples, self.seed = samples, seed

    def __iter__(self):
        import numpy as np
        import torch

        rng = np.random.default_rng(self.seed)
        everything = [(d, index) for d in self.datasets for index in range(len(d))]
        order, epoch = [], 0
        for number in range(self.samples):
            if not len(order):
                for dataset in self.datasets:
                    dataset.set_epoch(self.seed, epoch)
                order, epoch = list(rng.permutation(len(everything))), epoch + 1
            dataset, index = everything[order.pop()]
            sample = dataset[index]
            batch = {"inputs": [sample["inputs"]], "data_samples": [sample["data_samples"]]}
            with torch.no_grad():
                inputs = self.network.data_preprocessor(batch)["inputs"]
                features = self.network.backbone.photo_features(inputs)[0]
            present = sample["data_samples"].gt_instance_labels.presence_labels[0]
            yield features, present.amax().expand_as(present)
            if number % 500 == 499:
                print(f"{number + 1}/{self.samples} crops", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
