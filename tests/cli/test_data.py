"""The data command offers its actions and loads only the one that is called."""

import subprocess
import sys

import pytest

from surgtools.cli import main
from surgtools.cli.data import ACTIONS


def test_help_lists_every_action(capsys):
    with pytest.raises(SystemExit) as left:
        main(["data", "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_help_of_an_action_needs_no_heavy_module(action):
    code = (
        "import sys\nfrom surgtools.cli import main\n"
        f"try:\n    main(['data', {action!r}, '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'cv2', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage: surgtools data" in done.stdout


@pytest.mark.parametrize("arguments", [["data"], ["data", "mend"], ["data", "check"]])
def test_wrong_use_exits_with_2(arguments):
    assert main(arguments) == 2
