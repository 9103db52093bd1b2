"""Start the training of a pose network at another input size from a trained one.

python tools/resize_input.py configs/pose/rtmpose-s_60e_instruments-256x256.py POSE.pth \
    configs/pose/rtmpose-s_60e_instruments-384x384.py START.pth

Then `surgtools train` with `--cfg-options load_from=START.pth`. Detectors need no such step: their
weights fit pictures of any size.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_whole  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="config of the trained network")
    parser.add_argument("checkpoint", help="its weights")
    parser.add_argument("wanted", help="config with the other input size")
    parser.add_argument("out", help="checkpoint to write")
    args = parser.parse_args()
    try:
        import torch

        from surgtools.hosts.checkpoints import load_checkpoint
        from surgtools.hosts.config_files import load_config
        from surgtools.models.input_size import resize_input

        state = load_checkpoint(args.checkpoint)["state_dict"]
        state = resize_input(state, load_config(args.config), load_config(args.wanted))
        with write_whole(args.out) as part:
            torch.save({"state_dict": state, "meta": {}}, part)
    except InputError as error:
        print(f"resize_input: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
