"""``surgtools demo``: a local page on which a picture, clip or webcam shows what is found."""

import argparse
import os
import signal
import tempfile
from pathlib import Path

from surgtools.cli.ranges import whole
from surgtools.cli.running_arguments import add_device

EPILOG = """\
The page listens on 127.0.0.1 alone: no other machine can open it. What is uploaded and found lies
in a temporary folder, which goes away when the command ends.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which models can be chosen, and where the page is."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--models",
        nargs="+",
        metavar="NAME|DIR",
        default=["general-onnx", "accurate-onnx", "fast-onnx"],
        help="pairs of the package or folders to choose from on the page, the first at first",
    )
    add_device(parser)
    parser.add_argument(
        "--port",
        type=whole("[1, 65535]"),
        metavar="N",
        help="of the page (default: a free one from 7860 on)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or until the process is asked to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="surgtools-demo-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder) / "uploads")
        os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
        from surgtools.demo.finder import Finder
        from surgtools.demo.page import build_page, start
        from surgtools.prediction.models import Models

        for name in args.models:
            Models.find(name)  # says now what is not there
        results = Path(folder) / "results"
        page = build_page(Finder(results, device=args.device), args.models)
        address = start(page, results, args.port, block=False)
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        page.block_thread()
    return 0
