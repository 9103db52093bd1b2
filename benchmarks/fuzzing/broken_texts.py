"""Break a text file: as bytes, by its lines, or by the structure of its JSON, YAML or XML.

``{outside}`` in an odd value becomes the path of a folder that no case may touch.
"""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fuzzing.mutations import mutate_bytes, mutate_lines, mutate_structure, odd_value
from fuzzing.sandbox import Sandbox


def write_json(box: Sandbox, name: str, content: Any, rng: np.random.Generator) -> Path:
    """Write JSON whose structure is changed, or that is damaged as text, below ``in``."""
    file = box.inside / name
    if rng.random() < 0.8:
        content = mutate_structure(content, rng, int(rng.integers(1, 4)))
        text = _dumps(content).replace("{outside}", str(box.outside))
        file.write_text(text)
    else:
        file.write_bytes(damaged(json.dumps(content), rng))
    return file


def damaged(text: str, rng: np.random.Generator) -> bytes:
    """The text with some of its bytes changed."""
    return mutate_bytes(text.encode(), rng)


def mutated_text(name: str, text: str, rng: np.random.Generator, box: Sandbox) -> bytes:
    """The text with lines changed, or damaged; YAML also by its structure."""
    if name.endswith(".yaml") and rng.random() < 0.6:
        mutated = mutated_yaml(yaml.safe_load(text), rng)
        return mutated.replace(b"{outside}", str(box.outside).encode())
    if rng.random() < 0.7:
        mutated = mutate_lines(text, rng, int(rng.integers(1, 4)))
        return mutated.replace("{outside}", str(box.outside)).encode(errors="replace")
    return damaged(text, rng)


def mutated_yaml(content: Any, rng: np.random.Generator) -> bytes:
    """The content as YAML, its structure changed, or damaged as text."""
    if rng.random() < 0.2:
        return damaged(yaml.safe_dump(content), rng)
    mutated = mutate_structure(content, rng, int(rng.integers(1, 4)))
    try:
        return yaml.safe_dump(mutated).encode(errors="replace")
    except (RecursionError, yaml.YAMLError):
        return b"[" * 3000


def mutated_xml(text: str, rng: np.random.Generator, box: Sandbox) -> bytes:
    """The XML with attributes, texts and elements changed."""
    root = ET.fromstring(text)
    for _ in range(int(rng.integers(1, 4))):
        every = list(root.iter())
        element = every[rng.integers(len(every))]
        kind = rng.integers(6)
        word = str(odd_value(rng)).replace("{outside}", str(box.outside))
        word = "".join(c for c in word[:2000] if c in "\t\n" or " " <= c < "\ud800")
        if kind < 2 and element.attrib:
            element.set(list(element.attrib)[rng.integers(len(element.attrib))], word)
        elif kind == 2:
            element.text = word
        elif kind == 3 and len(element):
            element.remove(element[int(rng.integers(len(element)))])
        elif kind == 4 and len(element):
            element.append(element[int(rng.integers(len(element)))])
        else:
            element.attrib.pop(next(iter(element.attrib), ""), None)
    try:
        return ET.tostring(root)
    except (RecursionError, ValueError):
        return b"<annotations>" * 1000


def without_nul(data: bytes) -> bytes:
    """Python sources are not asked to hold what no editor writes."""
    return data.replace(b"\0", b"0")


def _dumps(content: Any) -> str:
    return json.dumps(content).replace('"__deep__"', "[" * 5000 + "]" * 5000)
