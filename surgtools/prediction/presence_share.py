"""How much of a pose network's time goes into presence: whether a crop shows an instrument."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

PARTS = ("photo_backbone", "presence_backbone", "presence")
"""What the modules are called that presence alone needs, in torch and in the names of a graph."""


def presence_share(backend: Any, crops: int = 4) -> float:
    """Share of the time, between 0 and 1, on blank crops; 0 where the network has no presence."""
    spec = backend.spec
    if not spec.has_presence:
        return 0.0
    width, height = spec.input_size
    batch = np.zeros((crops, 3, height, width), np.float32)
    return _of_graph(backend, batch) if hasattr(backend, "path") else _of_modules(backend, batch)


def _of_modules(backend: Any, batch: np.ndarray) -> float:
    inside = started = 0.0

    def start(*_: Any) -> None:
        nonlocal started
        started = time.perf_counter()

    def stop(*_: Any) -> None:
        nonlocal inside
        inside += time.perf_counter() - started

    backend(batch)
    named = dict(backend.network.named_modules())
    parts = [part for name, part in named.items() if name.rpartition(".")[2] in PARTS]
    hooks = [part.register_forward_pre_hook(start) for part in parts]
    hooks += [part.register_forward_hook(stop) for part in parts]
    begun = time.perf_counter()
    backend(batch)
    whole = time.perf_counter() - begun
    for hook in hooks:
        hook.remove()
    return inside / whole


def _of_graph(backend: Any, batch: np.ndarray) -> float:
    again = type(backend)(backend.path, backend.spec, profiled=True)
    for _ in range(2):
        again(batch)
    told = Path(again.session.end_profiling())
    try:
        events = json.loads(told.read_text())
    finally:
        told.unlink(missing_ok=True)
    nodes = [e for e in events if e.get("cat") == "Node" and e["name"].endswith("_kernel_time")]
    whole = sum(event["dur"] for event in nodes)
    own = sum(event["dur"] for event in nodes if any(part in event["name"] for part in PARTS))
    return own / max(whole, 1)
