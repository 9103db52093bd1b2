"""The site of ``docs/`` builds without a warning, and needs nothing from the network."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

mkdocs = pytest.importorskip("mkdocs", reason="mkdocs-material is in tools/requirements/dev.txt")
pytest.importorskip("material", reason="mkdocs-material is in tools/requirements/dev.txt")

from surgtools import cli  # noqa: E402
from surgtools.cli.data import ACTIONS  # noqa: E402
from surgtools.cli.gestures import ACTIONS as GESTURES  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site as ``mkdocs build --strict`` writes it; a warning of mkdocs fails the build."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    config = load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return folder


class Loaded(HTMLParser):
    """Collects what a browser would fetch to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        key = {"script": "src", "img": "src", "link": "href", "iframe": "src"}.get(tag)
        self.addresses += [value or "" for name, value in attrs if name == key]


def test_pages_load_nothing_from_the_network(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= 20
    for page in pages:
        parser = Loaded()
        parser.feed(page.read_text())
        assert parser.addresses
        away = [a for a in parser.addresses if a.startswith(("http", "//"))]
        assert not away, f"{page.name}: {away}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", sheet.read_text()), sheet


def test_page_of_the_command_line_has_every_command_and_flag(site):
    text = (site / "reference/command_line.html").read_text()
    actions = [f"data {name}" for name in ACTIONS] + [f"gestures {name}" for name in GESTURES]
    for name in [*cli.COMMANDS, *actions]:
        assert f'id="surgtools-{name.replace(" ", "-")}"' in text, name
    assert '<code class="flag">--det-interval N</code>' in text  # a flag stays on one line


def test_a_broken_link_fails_the_build(tmp_path):
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("[there](nowhere.md)")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\n")
    with pytest.raises(Abort):
        build(load_config(str(tmp_path / "mkdocs.yml")))
