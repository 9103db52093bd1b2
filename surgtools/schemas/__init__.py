"""JSON Schemas of the files that surgtools writes."""

import json
from pathlib import Path


def load_schema(name: str) -> dict:
    """The schema called ``name``, for example ``predictions``."""
    return json.loads((Path(__file__).parent / f"{name}.schema.json").read_text())
