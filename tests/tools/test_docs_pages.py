"""Pages that are written from the code say what the code says."""

import argparse
from types import SimpleNamespace

from surgtools.annotations.check.problems import KINDS
from tools.docs_pages.benchmarks import benchmarks_page
from tools.docs_pages.command_line import _section
from tools.docs_pages.configs import base_configs, configs_page
from tools.docs_pages.label_problems import label_problems_page
from tools.docs_pages.parts import parts_page, registered_parts


def section(*arguments: tuple, **options) -> str:
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        for names, settings in arguments:
            parser.add_argument(*names, **settings)
        for key, value in options.items():
            setattr(parser, key, value)

    return _section("cook", SimpleNamespace(add_arguments=add_arguments), "make a meal")


def test_argument_is_shown_as_it_is_typed():
    text = section(
        (("dish",), {"nargs": "+", "metavar": "DISH", "help": "what to cook"}),
        (("--salt",), {"type": float, "default": 0.5, "help": "grams"}),
        (("--heat",), {"choices": ("low", "high"), "help": "of the stove"}),
        (("--lid",), {"action": argparse.BooleanOptionalAction, "help": "cover it"}),
        (("--pair",), {"nargs": 2, "metavar": ("A", "B"), "help": "two"}),
    )
    assert text.startswith("## surgtools cook\n\nMake a meal.\n")
    assert "| `DISH ...` | what to cook |" in text
    assert "| `--salt SALT` | grams (default: 0.5) |" in text
    assert "| `--heat {low,high}` | of the stove |" in text
    assert "| `--lid`<br>`--no-lid` | cover it" in text
    assert "| `--pair A B` | two |" in text
    assert "--help" not in text


def test_help_cannot_break_the_table():
    text = section((("--x",), {"help": "a|b, <c> and\n  *d* with `e<f>`"}), epilog="exit codes: 0")
    assert "| `--x X` | a\\|b, &lt;c> and \\*d\\* with `e<f>` |" in text
    assert "```text\nexit codes: 0\n```" in text


def test_hidden_argument_stays_hidden():
    assert "secret" not in section((("--secret",), {"help": argparse.SUPPRESS}))


def test_part_is_found_without_importing_it(tmp_path):
    (tmp_path / "surgtools").mkdir()
    (tmp_path / "surgtools/fog.py").write_text(
        "import nothing_of_this_name\n\n\n"
        "@TRANSFORMS.register_module()\n"
        "class Fog(Base):\n"
        '    """Put ``img`` into fog.\n\n    Args:\n        share: of the pixels,\n'
        '            at most.\n    """\n\n'
        "    def __init__(self, share: float = 0.5, *, seed=0, **kwargs):\n        pass\n\n\n"
        "class Plain:\n    pass\n"
    )
    (part,) = registered_parts(tmp_path)
    assert (part.registry, part.name, part.file) == ("TRANSFORMS", "Fog", "surgtools/fog.py")
    assert part.parameters == ("share: float = 0.5", "seed = 0", "...")
    page = parts_page(tmp_path)
    assert "## Transforms" in page and "## Hooks" not in page
    assert "Put `img` into fog." in page
    assert "- `share`: of the pixels, at most." in page


def test_configs_are_listed_with_what_they_build_on(tmp_path):
    folder = tmp_path / "surgtools/configs"
    (folder / "pose").mkdir(parents=True)
    (folder / "data_gen").mkdir()
    file = folder / "pose/rtmpose-s_60e_instruments-256x256.py"
    file.write_text('# Small and fast.\n_base_ = ["../_base_/x.py", "mmpose::y.py"]\nz = 1\n')
    (folder / "data_gen/table.yaml").write_text("# A quiet table.\nrender: {samples: 6}\n")
    assert base_configs(file) == ["../_base_/x.py", "mmpose::y.py"]
    page = configs_page(tmp_path)
    assert "| `rtmpose-s_60e_instruments-256x256.py` | rtmpose-s | 60e | 256x256 |" in page
    assert "    # Small and fast.\n" in page
    assert "`rtmpose-s_60e_instruments-256x256.py` builds on `../_base_/x.py` and" in page
    assert "| `table.yaml` | A quiet table. |" in page
    assert "    render: {samples: 6}" in page


def test_every_problem_of_labels_is_on_the_page_of_its_level():
    sections = label_problems_page().split("\n## ")
    assert [section.split("\n")[0] for section in sections[1:]] == ["Errors", "Warnings", "Notes"]
    for code, kind in KINDS.items():
        (section,) = [s for s in sections if f"| `{code}` |" in s]
        assert section.lower().startswith(kind.level)


def test_scripts_that_are_started_by_hand_are_listed(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    start = '\n\nif __name__ == "__main__":\n    main()\n'
    (folder / "speed.py").write_text(f'"""Frames a second of\n``predict``.\n\nMore."""{start}')
    (folder / "part.py").write_text('"""A part of others."""\n')
    (folder / "inner.py").write_text(f'"""One step; run by ``speed.py``."""{start}')
    page = benchmarks_page(tmp_path)
    assert "| `benchmarks/speed.py` | Frames a second of `predict`. |" in page
    assert "part.py" not in page and "inner.py" not in page
