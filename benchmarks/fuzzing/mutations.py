"""Break sound input a little: values of a structure, lines of a text, bytes of a file.

All draws come from the generator that is passed, so that a case is made again from its number.
"""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

ODD_TEXTS = (
    "",
    " ",
    ".",
    "..",
    "../../outside/evil.jpg",
    "..\\..\\outside\\evil.jpg",
    "{outside}/evil.jpg",
    "a/../../../outside/evil.jpg",
    "C:\\evil.jpg",
    "link/evil.jpg",
    "a\0b.jpg",
    "\ud800",
    "n" * 300,
    "a/" * 2100 + "b.jpg",
    "zeile\neins",
    "\x1b[31mrot",
    "%2e%2e/evil.jpg",
    "NaN",
    "1",
    "-1",
    "1e999",
    "手術",
    "<&>\"'",
    "train",
    "needle_holder",
    "__deep__",
)
"""Names that lead somewhere else or nowhere.

``{outside}`` becomes a folder beside the output, ``__deep__`` in JSON very many brackets.
"""

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    7,
    0.5,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    2**31,
    2**63,
    10**40,
    math.nan,
    math.inf,
    -math.inf,
    [],
    {},
    [[]],
    [None],
    [1, 2, 3],
    {"a": 1},
    {"0": [0]},
    *ODD_TEXTS,
)


def odd_value(rng: np.random.Generator, texts: bool = True) -> Any:
    """A value that hardly any field expects."""
    many = len(ODD_VALUES) - (0 if texts else len(ODD_TEXTS))
    return copy.deepcopy(ODD_VALUES[rng.integers(many)])


def mutate_structure(content: Any, rng: np.random.Generator, times: int = 1) -> Any:
    """A copy of nested lists and dicts with some values exchanged, dropped, doubled or nested."""
    content = copy.deepcopy(content)
    for _ in range(times):
        places = _places(content)
        if not places:
            return odd_value(rng)
        holder, key = places[rng.integers(len(places))]
        kind = rng.integers(9)
        if kind < 5:
            holder[key] = odd_value(rng)
        elif kind == 5:
            del holder[key]
        elif kind == 6 and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        elif kind == 6:
            holder[str(odd_value(rng))] = holder[key]
        elif kind == 7:
            depth = int(rng.choice([1, 2, 120]))
            for _ in range(depth):
                holder[key] = [holder[key]]
        else:
            other, name = places[rng.integers(len(places))]
            holder[key] = copy.deepcopy(other[name])
    return content


def mutate_lines(text: str, rng: np.random.Generator, times: int = 1) -> str:
    """A text with words exchanged and lines dropped, doubled or joined."""
    lines = text.split("\n")
    for _ in range(times):
        at = int(rng.integers(len(lines)))
        words = lines[at].split(" ")
        kind = rng.integers(6)
        if kind < 3:
            words[rng.integers(len(words))] = _as_word(odd_value(rng))
            lines[at] = " ".join(words)
        elif kind == 3:
            del words[rng.integers(len(words))]
            lines[at] = " ".join(words)
        elif kind == 4:
            lines.insert(at, lines[int(rng.integers(len(lines)))])
        else:
            lines[at] += str(rng.choice([" 1", "#", "\t", ":", " - ", "\r", "\ufeff"]))
    return "\n".join(lines)


def mutate_bytes(data: bytes, rng: np.random.Generator, others: Sequence[bytes] = ()) -> bytes:
    """A file with bits flipped, parts cut, doubled, zeroed, or parts of another file put in."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if not data:
            return bytes(rng.integers(0, 256, 20, dtype=np.uint8))
        at = int(rng.integers(len(data)))
        length = int(min(rng.geometric(0.05), len(data) - at))
        kind = rng.integers(8)
        if kind < 3:
            for _ in range(int(rng.integers(1, 8))):
                data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        elif kind == 3:
            data[at : at + length] = bytes(length)
        elif kind == 4:
            data = data[:at] if rng.random() < 0.4 else data[:at] + data[at + length :]
        elif kind == 5:
            data[at:at] = data[at : at + length] * int(rng.integers(1, 4))
        elif kind == 6:
            data[at : at + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        else:
            other = others[rng.integers(len(others))] if others else bytes(data)
            start = int(rng.integers(max(1, len(other))))
            data[at : at + length] = other[start : start + length]
    return bytes(data)


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Every holder and key in a structure."""
    found, waiting = [], [content]
    while waiting:
        each = waiting.pop()
        keys = range(len(each)) if isinstance(each, list) else list(each)
        for key in keys:
            found.append((each, key))
            if isinstance(each[key], list | dict):
                waiting.append(each[key])
    return found


def _as_word(value: Any) -> str:
    return value if isinstance(value, str) else str(value)[:400]
