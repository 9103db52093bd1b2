"""``surgtools info``: what a checkpoint was made from."""

import argparse
from pathlib import Path

from surgtools.cli.host_arguments import add_trust


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "checkpoint", help="a .pth file that training wrote, or an alias of a shipped model"
    )
    parser.add_argument("--config", action="store_true", help="print the stored config instead")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    add_trust(parser)


def run(args: argparse.Namespace) -> int:
    """Print training state, seed, versions, git state, data with hash, and how to see more."""
    import json

    from surgtools.errors import InputError
    from surgtools.hosts.checkpoints import load_checkpoint
    from surgtools.reports.provenance import config_text, describe_checkpoint, file_facts

    path = _weights(args.checkpoint)
    checkpoint = load_checkpoint(path, args.trust_checkpoint)
    config = config_text(checkpoint) or _shipped_config(path)
    if args.config:
        if not config:
            raise InputError(f"{path}: stores no config; see --json for what it has")
        print(config)
        return 0
    sections = {"file": file_facts(path), **describe_checkpoint(checkpoint)}
    if args.json:
        print(json.dumps({**sections, "config": config}, indent=1))
        return 0
    width = max(len(name) for rows in sections.values() for name in rows)
    for section, rows in sections.items():
        print(section)
        for name, value in rows.items():
            print(f"  {name:<{width}}  {value}")
    if "environment" not in sections:
        print("The checkpoint does not say more: it was not trained with ProvenanceHook.")
    if config:
        print("Its config is stored too: add --config.")
    return 0


def _weights(name: str) -> Path:
    """The checkpoint of an alias; a name that can be none stays what it is."""
    from surgtools.prediction.models import one_network

    path = Path(name)
    if path.is_file() or path.suffix or path.name != name:
        return path
    return one_network(name)[1]


def _shipped_config(weights: Path) -> str | None:
    """The whole config of weights in the zoo; None for other files."""
    from surgtools import zoo

    config = weights.with_suffix(".py")
    if weights.resolve().parent != zoo.ZOO.resolve() or not config.is_file():
        return None
    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    return load_config(config).pretty_text.rstrip()
