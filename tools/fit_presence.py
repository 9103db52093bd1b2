"""Teach a trained pose network which boxes of a detector show an instrument, and which one.

python tools/fit_presence.py OUT.pth --pose-weights FILE [--photo-weights FILE] \\
    --detector NAME [WEIGHTS] --data DIR [DIR ...]

Both backbones stay as they are, so what they say of every crop is computed once, and the small
branch is fitted to that in minutes. The crops are what the network will be asked about: boxes of
the detectors in labelled pictures; `tools/compose_frames.py` makes such pictures. A box counts as
right where the keypoints that the network finds in it are. `tools/stitch_backbone.py` and every
detector with this photo backbone frozen hold the photo weights.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402

CONFIG = "surgtools/configs/pose/rtmpose-s-lite0_60e_instruments-384x384.py"


def main() -> int:
    """Put together, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument(
        "--pose-weights", required=True, help="checkpoint of the pose network, or of both parts"
    )
    parser.add_argument(
        "--photo-weights", help="checkpoint with an ImageNet EfficientNetLite0, where it is apart"
    )
    parser.add_argument(
        "--detector",
        required=True,
        nargs="+",
        action="append",
        metavar=("NAME", "WEIGHTS"),
        help="alias, or config and checkpoint, of a detector; may be given several times",
    )
    parser.add_argument("--data", required=True, nargs="+", metavar="DIR", help="dataset folders")
    parser.add_argument("--split", default="train", help="part of the dataset folders")
    parser.add_argument("--score-thr", type=float, default=0.1, help="lowest score of a box")
    parser.add_argument(
        "--most",
        type=int,
        default=3,
        help="boxes of a detector in a picture with an instrument, and as many without",
    )
    parser.add_argument(
        "--keep",
        type=float,
        default=0.0,
        help="share of the answer that the presence of --pose-weights keeps, 0 to 1",
    )
    parser.add_argument(
        "--channels",
        type=int,
        nargs=2,
        metavar=("FIRST", "END"),
        help="features that the new branch sees (default: all); the config says what they are",
    )
    parser.add_argument(
        "--hidden",
        type=int,
        help="make the new branch smaller than what the config leaves, for another run to --keep",
    )
    parser.add_argument(
        "--prior", type=float, help="share of a detector's boxes that show an instrument"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        right = fit(args)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.out}: {right:.3f} of the boxes that were kept out are told rightly")
    return 0


def fit(args: argparse.Namespace) -> float:
    """Write the checkpoint; returns the share of right answers on a tenth of the boxes."""
    import torch
    from mmengine.registry import MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.files import write_whole
    from surgtools.hosts.config_files import load_config
    from surgtools.models.presence_branch import PresenceBranch
    from surgtools.models.presence_fit import fit_presence, join_branches
    from surgtools.models.presence_start import put_together

    torch.manual_seed(args.seed)
    settings = load_config(Path(__file__).parents[1] / CONFIG)
    init_default_scope("mmpose")
    network = MODELS.build(settings.model).eval()
    meta, kept = put_together(network, args.pose_weights, args.photo_weights)
    if network.backbone.presence_backbone is None:
        settings.model.backbone.presence_backbone = None
    wide = network.head.presence
    if args.keep and kept is None:
        raise InputError(f"{args.pose_weights}: has no presence of photo features; omit --keep")
    rest = wide.decide.in_features // 2 - (kept.look[0].out_channels if args.keep else 0)
    hidden = args.hidden or rest
    if not 0 < hidden <= rest:
        raise InputError(
            f"{args.pose_weights}: its presence leaves room for {rest} hidden channels "
            f"of the config's {wide.decide.in_features // 2}; give no more, or omit --keep"
        )
    first, end = seen_channels(args, wide.look[0].in_channels)
    new = PresenceBranch(end - first, wide.decide.out_features, hidden)
    crops = ((row[first:end], label) for row, label in boxes_with_features(args, network))
    right = fit_presence(new, crops, args.prior, args.seed)
    network.head.presence = join_branches(kept, new, args.keep, first) if args.keep else new
    meta["cfg"] = settings.pretty_text
    count = sum(value.numel() for value in network.parameters())
    meta["surgtools"] = meta.get("surgtools", {}) | {"parameters": count}
    with write_whole(args.out) as part:
        torch.save({"meta": meta, "state_dict": network.state_dict()}, part)
    return right


def seen_channels(args: argparse.Namespace, count: int) -> tuple[int, int]:
    """First and end of the features that the new branch sees.

    Raises:
        InputError: there are no such features, or what is left of them makes no network.
    """
    first, end = args.channels or (0, count)
    if not 0 <= first < end <= count:
        raise InputError(f"--channels {first} {end}: two numbers from 0 to {count} are expected")
    if first and not args.keep:
        raise InputError(f"--channels {first} {end}: what sees no first ones needs --keep")
    if args.keep and end != count:
        raise InputError(f"--channels {first} {end}: beside --keep the end is {count}")
    if args.hidden is not None and args.hidden < 1:
        raise InputError(f"--hidden {args.hidden}: from 1 on")
    return first, end


def boxes_with_features(args: argparse.Namespace, network) -> Iterator[tuple[Any, Any]]:
    """Features (F, h, w) and presence labels (C,) of the detectors' boxes, one by one."""
    import torch

    from surgtools.evaluation.pictures import open_pictures
    from surgtools.images import read_image
    from surgtools.models.presence_labels import choose_boxes, presence_labels
    from surgtools.prediction.backends.torch_backend import torch_detector
    from surgtools.prediction.estimators import Detector
    from surgtools.prediction.models import one_network

    taxonomy = network.head.taxonomy
    detectors = [Detector(torch_detector(*one_network(*d)), args.score_thr) for d in args.detector]
    for folder in args.data:
        pictures = open_pictures(folder, args.split)
        labels: dict[int, list] = {image["id"]: [] for image in pictures.content["images"]}
        for annotation in pictures.content["annotations"]:
            labels[annotation["image_id"]].append(annotation)
        for number, entry in enumerate(pictures.content["images"]):
            image, known = read_image(pictures.path_of(entry)), labels[entry["id"]]
            for detector in detectors:
                xyxy = detector([image])[0].xyxy
                xyxy = xyxy[choose_boxes(xyxy, known, args.most)]
                if len(xyxy):
                    features, keypoints = look(network, image, xyxy)
                    present = torch.from_numpy(presence_labels(keypoints, known, taxonomy))
                    clear = present.isfinite().all(dim=1)
                    yield from zip(features[clear], present[clear], strict=True)
            if number % 100 == 99:
                print(f"{folder}: {number + 1} pictures", file=sys.stderr, flush=True)


def look(network, image, xyxy) -> tuple[Any, Any]:
    """Features of presence (N, F, h, w) and keypoints (N, K, 2) in image pixels, of (N, 4) boxes.

    The branch that is fitted has no part in either.
    """
    import numpy as np
    import torch

    from surgtools.prediction.preprocess import (
        crop,
        crop_windows,
        keypoints_to_image,
        normalize,
    )

    size = tuple(network.head.input_size)
    norm = network.data_preprocessor
    mean, std = norm.mean.flatten().tolist(), norm.std.flatten().tolist()
    windows = crop_windows(xyxy, size, 1.25)
    crops = np.stack([crop(image, window, size) for window in windows])
    batch = torch.from_numpy(normalize(crops, mean, std, norm._channel_conversion))
    with torch.inference_mode():
        levels = network.backbone(batch)
        responses = network.head(levels)[:2]
        found = network.head.decode(tuple(response.float() for response in responses))
    keypoints = np.concatenate([one.keypoints for one in found])
    return levels[0], keypoints_to_image(keypoints, windows, size)


if __name__ == "__main__":
    sys.exit(main())
