"""Random shapes: a frozen dataclass whose fields carry the range they are drawn from.

@dataclass(frozen=True)
class RodShape:
    length: float = within(0.10, 0.20)
    ending: str = one_of("ball", "blunt")
    bent: bool = chance(0.3)
"""

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

import numpy as np

from surgtools.errors import InputError

ShapeT = TypeVar("ShapeT")

_LARGEST = 2**62
"""Numbers from here on cannot be drawn."""


def within(low: float, high: float) -> Any:
    """A number drawn evenly from [low, high]; whole numbers when both ends are ``int``."""
    return field(metadata={"range": (low, high)})


def one_of(*choices: str) -> Any:
    """A word drawn evenly; repeat a word to make it likelier."""
    return field(metadata={"choices": choices})


def chance(probability: float) -> Any:
    """True with this probability."""
    return field(metadata={"chance": probability})


def sample_shape(
    cls: type[ShapeT], rng: np.random.Generator, ranges: Mapping | None = None
) -> ShapeT:
    """Draw every field of a shape, in the order they are written.

    Args:
        ranges: replaces what is written at the fields: name to ``[low, high]``, to a list of
            words, to a probability, or to one fixed value.

    Raises:
        InputError: unknown name, a range upside down, a word the shape does not know.
    """
    given = dict(ranges or {})
    known = {f.name: f for f in fields(cls)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(
            f"ranges of {cls.__name__}: {unknown[0]!r} is unknown; use one of {', '.join(known)}"
        )
    values = {}
    for name, f in known.items():
        where = f"ranges of {cls.__name__}: {name}"
        if "range" in f.metadata:
            values[name] = _number(rng, f.metadata["range"], given.get(name), where)
        elif "choices" in f.metadata:
            values[name] = _word(rng, f.metadata["choices"], given.get(name), where)
        else:
            probability = given.get(name, f.metadata["chance"])
            if not isinstance(probability, int | float) or not 0 <= probability <= 1:
                raise InputError(
                    f"{where} is {probability!r}; a probability in [0, 1] is expected"
                )
            values[name] = bool(rng.random() < probability)
    return cls(**values)


def _number(rng: np.random.Generator, written: tuple, given: Any, where: str) -> float:
    low, high = written
    if given is not None:
        try:
            low, high = (given, given) if np.isscalar(given) else given
            low, high = type(written[0])(low), type(written[0])(high)
        except (TypeError, ValueError) as error:
            raise InputError(f"{where} is {given!r}; [low, high] is expected") from error
    if not all(abs(number) < _LARGEST for number in (low, high)):
        raise InputError(f"{where} is [{low}, {high}]; two finite numbers are expected")
    if low > high:
        raise InputError(f"{where}: low {low} is above high {high}; swap them")
    if isinstance(low, int):
        return int(rng.integers(low, high + 1))
    return float(rng.uniform(low, high))


def _word(rng: np.random.Generator, written: tuple[str, ...], given: Any, where: str) -> str:
    choices = written if given is None else [given] if isinstance(given, str) else given
    if not isinstance(choices, list | tuple) or not choices:
        raise InputError(f"{where} is {given!r}; a list of words is expected")
    for word in choices:
        if word not in written:
            known = ", ".join(dict.fromkeys(written))
            raise InputError(f"{where}: {word!r} is unknown; use one of {known}")
    return choices[int(rng.integers(len(choices)))]
