"""Average the weights of checkpoints of one training that went on from the first.

python tools/average_checkpoints.py EARLIER.pth LATER.pth --out MEAN.pth

Such a mean is often better than each and costs nothing at inference. What the checkpoint says of
its making is taken from the last one given; ``surgtools info`` names the files averaged.

Source: Wortsman et al., Model soups, 2022.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_whole  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", help="of one network")
    parser.add_argument("--out", required=True, help="checkpoint to write")
    args = parser.parse_args()
    try:
        import torch

        from surgtools.hosts.checkpoints import load_checkpoint
        from surgtools.models.average import average_weights
        from surgtools.reports.provenance import file_facts

        loaded = [load_checkpoint(path) for path in args.checkpoints]
        mean = average_weights([checkpoint["state_dict"] for checkpoint in loaded])
        meta = dict(loaded[-1].get("meta", {}))
        files = [(Path(path).name, file_facts(path)["sha256"]) for path in args.checkpoints]
        mean_of = [f"{name} sha256:{digest}" for name, digest in files]
        meta["surgtools"] = {**meta.get("surgtools", {}), "mean_of": mean_of}
        with write_whole(args.out) as part:
            torch.save({"state_dict": mean, "meta": meta}, part)
    except InputError as error:
        print(f"average_checkpoints: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
