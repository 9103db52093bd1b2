"""What the README and the pages say can be typed as it stands there."""

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from surgtools import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path) -> Iterator[str]:
    yield from re.findall(r"```(?:bash)?\n(.*?)```", page.read_text(), flags=re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every ``surgtools`` line in the code blocks, variables filled in."""
    for block in blocks(page):
        variables: dict[str, str] = {}
        for name, value in re.findall(r'^([A-Z]+)="(.*?)"', block, flags=re.DOTALL | re.MULTILINE):
            variables[name] = value
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\$([A-Z]+)", lambda m, v=variables: v[m[1]], line)
            for part in re.split(r"\s{2,}(?=surgtools )", line.split("  #")[0]):
                if part.startswith("surgtools "):
                    yield shlex.split(part)[1:]


ALL = [(page.name, words) for page in PAGES for words in commands(page)]


def test_there_are_commands_to_check():
    assert len(ALL) >= 12


@pytest.mark.parametrize(("page", "words"), ALL, ids=[f"{p}-{' '.join(w)[:40]}" for p, w in ALL])
def test_command_is_understood(page, words, monkeypatch):
    words = [re.sub(r"[\[\]]", "", word) for word in words]  # [--optional]
    module = importlib.import_module(f"surgtools.cli.{words[0]}")
    monkeypatch.setattr(module, "run", lambda args: 0)
    try:
        assert cli.main(words) == 0
    except SystemExit as end:
        assert end.code == 0, f"{page}: surgtools {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_configs_are_there(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith(("http", "mailto")):
            assert (page.parent / link).exists(), link
    for config in re.findall(r"configs/\w+/[\w.-]+\.(?:py|yaml)", text):
        assert (ROOT / config).is_file(), config


def test_versions_are_those_of_the_requirements():
    text = re.sub(r"\s+", " ", (ROOT / "README.md").read_text())
    for name in ("runtime", "no_deps", "generator"):
        for line in (ROOT / f"tools/requirements/{name}.txt").read_text().splitlines():
            if "==" in line and not line.startswith(("#", "pycocotools")):
                distribution, version = line.split("==")
                assert f"{distribution} {version}" in text, line
