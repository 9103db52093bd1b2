"""Say which pictures of a folder are left out, since a folder is rarely looked through by hand."""

import sys
from collections.abc import Iterable
from pathlib import Path


def tell_passed_over(folders: Iterable[str | Path | None], command: str) -> None:
    """Print a line for each folder with pictures of a kind that cannot be read."""
    from surgtools.images import passed_over

    for folder in folders:
        line = passed_over(folder) if folder else ""
        if line:
            print(f"surgtools {command}: {line}", file=sys.stderr)
