"""Checks of an installation: what is there, whether it works, and how to mend it."""

from surgtools.doctor import hosts, machine, media
from surgtools.doctor.finding import Check, Finding

CHECKS: tuple[Check, ...] = hosts.CHECKS + media.CHECKS + machine.CHECKS
"""In the order in which mending one may mend the next."""

__all__ = ["CHECKS", "Check", "Finding"]
