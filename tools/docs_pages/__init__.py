"""Write the reference pages of the documentation from the code, so that both always agree."""

from collections.abc import Callable
from pathlib import Path

from tools.docs_pages.benchmarks import benchmarks_page
from tools.docs_pages.command_line import command_line_page
from tools.docs_pages.configs import configs_page
from tools.docs_pages.label_problems import label_problems_page
from tools.docs_pages.parts import parts_page

ROOT = Path(__file__).resolve().parents[2]

PAGES: dict[str, Callable[[], str]] = {
    "reference/benchmarks.md": lambda: benchmarks_page(ROOT),
    "reference/command_line.md": command_line_page,
    "reference/configs.md": lambda: configs_page(ROOT),
    "reference/label_problems.md": label_problems_page,
    "reference/parts.md": lambda: parts_page(ROOT),
}
"""Path below ``docs/`` to what writes the page."""
