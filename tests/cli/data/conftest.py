"""Run a data action as the command line does."""

from collections.abc import Callable

import pytest

from surgtools.cli import main


@pytest.fixture
def data(capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str, str]]:
    """``data("check", file)`` returns the exit code, stdout and stderr of that action."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["data", *(str(argument) for argument in arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
