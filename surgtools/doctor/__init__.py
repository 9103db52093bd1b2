"""Checks of an installation: what is there, whether it works, and how to mend it."""

from surgtools.doctor import hosts, light, machine, media
from surgtools.doctor.finding import Check, Finding

CHECKS: tuple[Check, ...] = hosts.CHECKS + media.CHECKS + machine.CHECKS
"""In the order in which mending one may mend the next."""


def checks_here() -> tuple[Check, ...]:
    """Those of the whole, or of a light install, where torch was left out on purpose."""
    return light.CHECKS if light.is_light() else CHECKS


__all__ = ["CHECKS", "Check", "Finding", "checks_here"]
