"""The flags that say how a command runs: device, precision, pictures at once, processes, seed."""

import argparse

from surgtools.cli.ranges import whole
from surgtools.prediction.backends.onnx_providers import PROVIDERS

Parser = argparse.ArgumentParser | argparse._ArgumentGroup

MOST_TILES = 8

PRECISIONS = ("fp32", "fp16", "bf16")


def add_device(parser: Parser, default: str | None = None) -> None:
    """``--device``; without a default the networks run on CUDA where there is one."""
    parser.add_argument(
        "--device",
        metavar="NAME",
        default=default,
        help="where the networks run: cpu, cuda or cuda:1"
        + ("" if default else " (default: cuda where there is a card)"),
    )


def add_provider(parser: Parser) -> None:
    """``--provider``."""
    parser.add_argument(
        "--provider",
        choices=PROVIDERS,
        help="what runs exported models, in the place of --device: an execution provider of ONNX "
        "Runtime, if yours has it",
    )


def add_precision(parser: Parser) -> None:
    """``--precision``."""
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="numbers the networks compute with (default: fp16 on cuda, else fp32)",
    )


def add_batch_size(parser: Parser, default: int = 8) -> None:
    """``--batch-size``."""
    parser.add_argument(
        "--batch-size",
        type=whole("[1, inf)"),
        metavar="N",
        default=default,
        help="pictures that go through a network at once",
    )


def add_zoom(parser: Parser) -> None:
    """``--zoom``."""
    parser.add_argument(
        "--zoom",
        type=_zoom,
        metavar="auto|off|N",
        default="off",
        help="also look at parts of a frame much larger than the detector's input: N of them "
        "along its longer side, or as many as it takes; in video a window follows the "
        "instruments",
    )


def _zoom(text: str) -> str | int:
    if text in ("off", "auto") or (text.isdecimal() and 1 <= int(text) <= MOST_TILES):
        return text if not text.isdecimal() else int(text)
    raise argparse.ArgumentTypeError(f"auto, off or 1 to {MOST_TILES} expected, got {text!r}")


def add_amp(parser: Parser) -> None:
    """``--amp``."""
    parser.add_argument(
        "--amp",
        action="store_true",
        help="train in mixed precision, which is faster: fp16, on a CPU features in bfloat16",
    )


def add_workers(parser: Parser, default: int, what: str, least: int = 0) -> None:
    """``--workers``."""
    parser.add_argument(
        "--workers", type=whole(f"[{least}, inf)"), metavar="N", default=default, help=what
    )


def add_seed(parser: Parser, default: int | None = 0) -> None:
    """``--seed``."""
    parser.add_argument(
        "--seed",
        type=whole("[0, 4294967295]"),
        metavar="N",
        default=default,
        help="start of all random numbers: the same seed gives the same result",
    )
