"""The result of one check of the installation, with the command that mends it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

PIP = f"{sys.executable} -m pip install"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's answer.

    Attributes:
        name: what was looked at, for example ``torchvision``.
        ok: whether it works.
        found: version or fault in words.
        mend: the command that mends it; empty when it works.
    """

    name: str
    ok: bool
    found: str
    mend: str = ""


class Fault(Exception):
    """A probe found something that does not work.

    Args:
        found: the fault in words.
        mend: the command for this fault; the check's usual one when empty.
    """

    def __init__(self, found: str, mend: str = "") -> None:
        super().__init__(found)
        self.mend = mend


@dataclass(frozen=True)
class Check:
    """A probe that answers in words or fails, and what usually mends its failure.

    Attributes:
        probe: returns what works, for example a version; raises ``Fault``, or whatever the
            library under test raises.
    """

    name: str
    probe: Callable[[], str]
    mend: str

    def run(self) -> Finding:
        """Run the probe; a library may fail in any way at all, so every exception counts."""
        try:
            return Finding(self.name, True, self.probe())
        except Exception as error:
            message = " ".join(str(error).split()) or "no message"
            if not isinstance(error, Fault):
                message = f"{type(error).__name__}: {message}"
            return Finding(
                self.name, False, message[:300], getattr(error, "mend", "") or self.mend
            )


def version_of(distribution: str) -> str:
    """Installed version of a distribution.

    Raises:
        Fault: it is not installed.
    """
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError as error:
        raise Fault(f"{distribution} is not installed") from error


def at_least(version: str, minimum: tuple[int, ...]) -> bool:
    """Whether a version such as ``2.14.1+cu130`` is ``minimum`` or later."""
    numbers = []
    for part in version.split("+")[0].split(".")[: len(minimum)]:
        digits = "".join(c for c in part if c.isdigit())
        numbers.append(int(digits) if digits else 0)
    return tuple(numbers) >= minimum
