"""Average the weights of checkpoints of one training that went on from the first.

python tools/average_checkpoints.py EARLIER.pth LATER.pth --out MEAN.pth
python tools/average_checkpoints.py A.pth B.pth --shares 0.3 0.7 --into A.pth --out MEAN.pth

Such a mean is often better than each and costs nothing at inference. What the checkpoint says of
its making is taken from the last one given; ``surgtools info`` names the files averaged.
With ``--into`` the networks may differ in what stays as it is in that file: a pose network with
features of photographs keeps its presence. With ``--presence-apart`` it keeps the backbone that
presence reads, too, beside that of the mean: keypoints gain, and no answer of presence changes.

Source: Wortsman et al., Model soups, 2022; Robust fine-tuning of zero-shot models, 2022.
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
    parser.add_argument(
        "--shares", nargs="+", type=float, help="of each in the mean, together 1; equal if omitted"
    )
    parser.add_argument("--into", help="checkpoint whose other values are kept")
    parser.add_argument(
        "--presence-apart", action="store_true", help="presence goes on reading that of --into"
    )
    parser.add_argument("--out", required=True, help="checkpoint to write")
    args = parser.parse_args()
    try:
        import torch

        from surgtools.hosts.checkpoints import load_checkpoint
        from surgtools.models.average import average_weights, mean_into
        from surgtools.reports.provenance import estimate_parameters, file_facts

        if args.presence_apart and not args.into:
            raise InputError("--presence-apart: give the network of that presence with --into")
        shares = require_shares(args.shares, len(args.checkpoints))
        loaded = [load_checkpoint(path) for path in args.checkpoints]
        states = [checkpoint["state_dict"] for checkpoint in loaded]
        meta = dict(loaded[-1].get("meta", {}))
        if args.into:
            target = load_checkpoint(args.into)
            mean = mean_into(target["state_dict"], states, shares, args.presence_apart)
            text = target.get("meta", {}).get("cfg")
            meta["cfg"] = with_presence_backbone(text) if args.presence_apart and text else text
        else:
            mean = average_weights(states, shares)
        files = [(Path(path).name, file_facts(path)["sha256"]) for path in args.checkpoints]
        mean_of = [f"{name} sha256:{digest}" for name, digest in files]
        if shares:
            mean_of = [f"{own} x{part:g}" for own, part in zip(mean_of, shares, strict=True)]
        meta["surgtools"] = {
            **meta.get("surgtools", {}),
            "mean_of": mean_of,
            "parameters": estimate_parameters(mean),
        }
        with write_whole(args.out) as part:
            torch.save({"state_dict": mean, "meta": meta}, part)
    except InputError as error:
        print(f"average_checkpoints: {error}", file=sys.stderr)
        return 2
    return 0


def require_shares(shares: list[float] | None, count: int) -> list[float] | None:
    """The shares, if there is one for each checkpoint and they make a mean.

    Raises:
        InputError: they do not.
    """
    if shares is not None and (len(shares) != count or not abs(sum(shares) - 1) <= 1e-6):
        raise InputError(
            f"--shares {' '.join(f'{share:g}' for share in shares)}: {count} numbers are "
            "expected, one for each checkpoint, together 1"
        )
    return shares


def with_presence_backbone(text: str) -> str:
    """The text of a config whose network has a backbone for presence beside its own."""
    from mmengine.config import Config

    config = Config.fromstring(text, ".py")
    config.model.backbone.presence_backbone = config.model.backbone.backbone
    return config.pretty_text


if __name__ == "__main__":
    sys.exit(main())
