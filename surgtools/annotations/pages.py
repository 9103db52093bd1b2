"""HTML pages that need nothing but themselves: templates, inline charts, inline pictures."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.files import write_whole

_TEMPLATES = Path(__file__).parent / "templates"


def write_page(path: str | Path, template: str, **values: Any) -> None:
    """Render a template of this package and write it whole."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(template).render(**values)
    with write_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def to_data_uri(image: np.ndarray) -> str:
    """A (H, W, 3) BGR picture as text for ``<img src>``."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def to_bars(
    values: Sequence[float] | np.ndarray, low: float, high: float, bins: int = 24
) -> list[dict]:
    """A histogram as bars for the templates: ``x``, ``height`` as shares, ``title`` for a hint.

    Values beyond ``low`` and ``high`` are counted in the outermost bars.
    """
    counts, edges = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    top = max(int(counts.max(initial=0)), 1)
    return [
        {"height": count / top, "title": f"{a:.3g} to {b:.3g}: {count}"}
        for count, a, b in zip(counts.tolist(), edges, edges[1:], strict=False)
    ]
