"""Scripts of tools are run as their command lines would."""

import sys
from collections.abc import Callable
from types import ModuleType
from unittest import mock

import pytest


@pytest.fixture(scope="session")
def run_tool() -> Callable[..., int]:
    """Calls ``main`` of a script with words, and returns its exit code."""

    def run(tool: ModuleType, *words: object) -> int:
        with mock.patch.object(sys, "argv", [tool.__name__, *map(str, words)]):
            return tool.main()

    return run
