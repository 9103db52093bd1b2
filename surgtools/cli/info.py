"""``surgtools info``: what a checkpoint was made from."""

import argparse

HELP = "print what a checkpoint was made from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", help="a .pth file that training wrote")
    parser.add_argument("--config", action="store_true", help="print the stored config instead")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="load checkpoints that can run code; only for files whose author you trust",
    )


def run(args: argparse.Namespace) -> int:
    """Print training state, seed, versions, git state, data with hash, and how to see more."""
    import json

    from surgtools.checkpoints import load_checkpoint
    from surgtools.errors import InputError
    from surgtools.reports.provenance import config_text, describe, file_facts

    checkpoint = load_checkpoint(args.checkpoint, args.trust_checkpoint)
    config = config_text(checkpoint)
    if args.config:
        if not config:
            raise InputError(f"{args.checkpoint}: stores no config; see --json for what it has")
        print(config)
        return 0
    sections = {"file": file_facts(args.checkpoint), **describe(checkpoint)}
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
