"""What the README and the pages say can be typed as it stands there, and can be read quickly."""

import ast
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from surgtools import cli
from tools.docs_pages import PAGES as GENERATED

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WRITTEN = {path.relative_to(ROOT).as_posix(): path.read_text() for path in DOCS.rglob("*.md")}
TEXTS: dict[str, str] = {
    "README.md": (ROOT / "README.md").read_text(),
    **dict(sorted(WRITTEN.items())),
    **{f"docs/{path}": write() for path, write in GENERATED.items()},
}
"""Page, relative to the root, to its text; those that are written from the code, too."""

GUIDES = sorted(name for name in WRITTEN if name.startswith("docs/guides/"))
MOST_WORDS = 800
"""Of a guide, commands and tables included."""
LONGEST_SENTENCE = 25
HISTORY = (
    "earlier version",
    "old version",
    "no longer",
    "used to be",
    "is not kept",
    "previously",
)


def blocks(text: str) -> Iterator[str]:
    """Code blocks of the shell; blocks of other languages are passed over."""
    for language, block in re.findall(
        r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE
    ):
        if language in ("", "bash"):
            yield block


def lines(text: str) -> Iterator[str]:
    """Every command line in the code blocks, variables filled in, without comments."""
    for block in blocks(text):
        variables: dict[str, str] = {}
        for name, value in re.findall(r'^([A-Z]+)="(.*?)"', block, flags=re.DOTALL | re.MULTILINE):
            variables[name] = value
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\$([A-Z]+)", lambda m, v=variables: v.get(m[1], m[0]), line)
            line = re.sub(r"^[A-Z]+=\S+ (?=surgtools )", "", line)
            yield from re.split(r"\s{2,}(?=surgtools )", line.split("  #")[0])


def commands(text: str) -> Iterator[list[str]]:
    """The words of every ``surgtools`` line."""
    for line in lines(text):
        if line.startswith("surgtools "):
            yield shlex.split(line)[1:]


ALL = [(page, words) for page, text in TEXTS.items() for words in commands(text)]
SCRIPTS = [
    (page, shlex.split(line))
    for page, text in TEXTS.items()
    for line in lines(text)
    if line.startswith(("python tools/", "python benchmarks/", "python -m "))
]


def test_a_block_of_another_language_hides_no_command():
    text = "```yaml\na: 1\n```\nwords\n```bash\nsurgtools doctor\n```\n"
    assert [*commands(text)] == [["doctor"]]


def test_there_are_commands_to_check():
    assert len(ALL) >= 50
    assert len(SCRIPTS) >= 5


@pytest.mark.parametrize(("page", "words"), ALL, ids=[f"{p}-{' '.join(w)[:40]}" for p, w in ALL])
def test_command_is_understood(page, words, monkeypatch):
    words = [re.sub(r"[\[\]]", "", word) for word in words]  # [--optional]
    module = importlib.import_module(f"surgtools.cli.{words[0]}")
    monkeypatch.setattr(module, "run", lambda args: 0)
    try:
        assert cli.main(words) == 0
    except SystemExit as end:
        assert end.code == 0, f"{page}: surgtools {' '.join(words)}"


@pytest.mark.parametrize(("page", "words"), SCRIPTS, ids=[f"{p}-{w[1]}" for p, w in SCRIPTS])
def test_script_is_there_and_has_the_flags(page, words):
    """A script says its flags itself, or a module beside it does."""
    module = words[1] == "-m"
    script = ROOT / (words[2].replace(".", "/") + ".py" if module else words[1])
    assert script.is_file(), f"{page}: {script}"
    folders = {script.parent, script.parent.parent / "benchmarks"}
    text = "".join(file.read_text() for folder in folders for file in folder.glob("*.py"))
    if "add_model_arguments" in text:
        text += (ROOT / "surgtools/cli/model_arguments.py").read_text()
    for word in words:
        if word.startswith("--") and word not in ("--help", "--"):
            assert f'"{word}"' in text, f"{page}: {words[1]} has no {word}"


@pytest.mark.parametrize("page", TEXTS)
def test_links_and_configs_are_there(page):
    folder = (ROOT / page).parent
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXTS[page]):
        if link.startswith(("http", "mailto")):
            continue
        target = (folder / link).resolve()
        written = target.is_relative_to(DOCS) and target.relative_to(DOCS).as_posix() in GENERATED
        assert written or target.exists(), link
    for config in re.findall(r"configs/\w+/[\w.-]+\.(?:py|yaml)", TEXTS[page]):
        assert (ROOT / config).is_file(), config


def test_versions_are_those_of_the_requirements():
    text = re.sub(r"\s+", " ", TEXTS["README.md"])
    for name in ("runtime", "no_deps", "generator"):
        for line in (ROOT / f"tools/requirements/{name}.txt").read_text().splitlines():
            if "==" in line and not line.startswith(("#", "pycocotools")):
                distribution, version = line.split("==")
                assert f"{distribution} {version}" in text, line


def test_map_of_the_house_has_every_floor():
    """The floors of ``tests/test_architecture.py``, read there as they stand in the file."""
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text())
    (floors,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "FLOORS"
    ]
    told = {}
    for number, rooms in re.findall(
        r"^  floor (\d) +(.*?)(?: {2,}.*)?$", TEXTS["README.md"], flags=re.MULTILINE
    ):
        told |= {room.rstrip("/"): int(number) for room in rooms.split()}
    assert told == floors


def test_first_screen_of_the_readme_shows_the_command():
    top = TEXTS["README.md"].splitlines()[:12]
    assert "surgtools predict photo.jpg" in top


@pytest.mark.parametrize("page", GUIDES)
def test_guide_is_short(page):
    assert len(WRITTEN[page].split()) <= MOST_WORDS


def test_guide_names_every_preset():
    from surgtools.configs import PRESET_DIR

    names = {path.stem for path in PRESET_DIR.glob("*.yaml")} - {"base"}
    rows = re.findall(r"^\| (`.*?) \|", WRITTEN["docs/guides/make_data.md"], flags=re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == names


def sentences(text: str) -> Iterator[str]:
    """Prose of a page without code, tables, headings and link targets."""
    text = re.sub(r"```.*?```", "\n\n", text, flags=re.DOTALL)
    text = re.sub(r"^(\||#|!\[).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text):
        yield from re.split(r"(?<=[.!?:])\s+", " ".join(paragraph.split()))


def test_sentences_are_told_apart():
    text = "# Head\n\nOne [two](three.md) four. Five `a b`:\n\n- six\n- seven eight.\n"
    assert [*filter(None, sentences(text))] == [
        *("One two four.", "Five `a b`:", "- six", "- seven eight.")
    ]


@pytest.mark.parametrize("page", WRITTEN)
def test_sentences_are_short(page):
    long = [s for s in sentences(WRITTEN[page]) if len(s.split()) > LONGEST_SENTENCE]
    assert not long, long


@pytest.mark.parametrize("page", WRITTEN)
def test_page_says_what_is_true_now(page):
    text = " ".join(WRITTEN[page].lower().split())
    assert [words for words in HISTORY if words in text] == []


def test_every_table_of_model_figures_stands_below_its_command():
    sections = re.split(r"^#{2,3} ", WRITTEN["docs/models.md"], flags=re.MULTILINE)
    figures = [s for s in sections if re.search(r"^\|.*\d\.\d{3}", s, flags=re.MULTILINE)]
    assert len(figures) >= 2
    for section in figures:
        before, _, _ = section.partition("\n|")
        assert "surgtools test" in before, section.splitlines()[0]
