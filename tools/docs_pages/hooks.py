"""The hooks of mkdocs: add the generated pages to those of ``docs/``, and keep flags whole."""

import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # mkdocs loads this file by its path
    sys.path.insert(0, str(ROOT))

from tools.docs_pages import PAGES  # noqa: E402

FLAG = re.compile(r"<code>(--?[a-z][^<]{0,40})</code>")
"""Browsers break a line at each hyphen of a flag, so that ``--`` would stand alone."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every generated page; nothing is written into ``docs/``."""
    for path, write in PAGES.items():
        files.append(File.generated(config, path, content=write()))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Mark short code that starts with a hyphen; ``docs/site.css`` keeps it whole."""
    return FLAG.sub(r'<code class="flag">\1</code>', html)
