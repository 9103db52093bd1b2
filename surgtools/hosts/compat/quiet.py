"""Known harmless start-up messages of the hosts, hidden one by one.

A message belongs here only when the reader can do nothing about it and no number depends on it.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator

HARMLESS_WARNINGS: tuple[tuple[str, type[Warning]], ...] = (
    ("Fail to import ``MultiScaleDeformableAttention``", UserWarning),
    ("faster_coco_eval is not installed", UserWarning),
    ("pkg_resources is deprecated", UserWarning),
    ("pkg_resources is deprecated", DeprecationWarning),
    ("torch.meshgrid: in an upcoming release", UserWarning),
    (r"`torch.cuda.amp.autocast\(args...\)` is deprecated", FutureWarning),
)
"""Start of the message, a regular expression, and its category."""

HARMLESS_LINES: tuple[str, ...] = ("Could not import OneDL. Skipping OneDL datasets.",)
"""What mmdet prints, rather than warns, while it is imported."""


def install() -> None:
    """Add the filters; ``warnings`` keeps one copy of each."""
    for message, category in HARMLESS_WARNINGS:
        warnings.filterwarnings("ignore", message=message, category=category)


@contextlib.contextmanager
def host_imports() -> Iterator[None]:
    """Within the block, printed lines other than the harmless ones still reach stdout."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines():
            if line not in HARMLESS_LINES:
                sys.stdout.write(line + "\n")
