"""The hook of mkdocs: add the generated pages to those of ``docs/`` whenever the site is built."""

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # mkdocs loads this file by its path
    sys.path.insert(0, str(ROOT))

from tools.docs_pages import PAGES  # noqa: E402


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every generated page; nothing is written into ``docs/``."""
    for path, write in PAGES.items():
        files.append(File.generated(config, path, content=write()))
    return files
