"""Start the training of a one-stage network from a trained detector.

python tools/start_one_stage.py configs/one_stage/rtmo-tiny_60e_instruments-416x416.py START.pth \
    --detector rtmdet-tiny-416_instruments

Then `surgtools train` with `--cfg-options load_from=START.pth`: boxes and categories are those of
the detector before the first step, so that keypoints alone are learned from nothing.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_whole  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="config of the one-stage network")
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument(
        "--detector",
        default="rtmdet-tiny-416_instruments",
        help="checkpoint or alias of a detector with the same backbone (default: %(default)s)",
    )
    args = parser.parse_args()
    try:
        import torch

        import surgtools.register  # noqa: F401  (before any host)
        from surgtools.hosts.checkpoints import load_checkpoint
        from surgtools.hosts.config_files import load_config
        from surgtools.models.one_stage_start import start_from_detector
        from surgtools.prediction.models import one_network
        from surgtools.prediction.networks import build_network

        settings = load_config(args.config)
        kind = settings.get("model", {}).get("type")
        if kind != "InstrumentRTMO":
            raise InputError(
                f"{args.config}: {kind} is no InstrumentRTMO; give a config of "
                "configs/one_stage/rtmo-*"
            )
        torch.manual_seed(0)
        model = build_network(settings, args.config, "mmdet", None, False, fused=False)
        _, weights = one_network(args.detector)
        detector = load_checkpoint(weights)["state_dict"]
        levels = [(8, 16, 32).index(stride) for stride in model.head.featmap_strides]
        state = start_from_detector(detector, model.state_dict(), levels)
        with write_whole(args.out) as part:
            torch.save({"state_dict": state, "meta": {}}, part)
    except InputError as error:
        print(f"start_one_stage: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
