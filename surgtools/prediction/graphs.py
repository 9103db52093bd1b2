"""ONNX graphs of the package's networks, which run where torch is missing.

``zoo/ALIAS.onnx`` belongs to ``zoo/ALIAS.pth``, whose numbers it reads; ``tools/export_zoo.py``
writes it.
"""

from pathlib import Path

from surgtools import zoo
from surgtools.errors import InputError


def is_graph(model: str | Path | None) -> bool:
    """Whether a file is a graph and no config."""
    return model is not None and Path(model).suffix == ".onnx"


def graph_of(config: str | Path | None, weights: str | Path | None) -> Path | None:
    """The graph of a network of the package; what is a graph already, or None, is returned as is.

    Raises:
        InputError: the network is not of the package, or its graph is missing.
    """
    if config is None or is_graph(config):
        return config
    graph = zoo.ZOO / f"{Path(config).stem}.onnx"
    if str(graph.with_suffix(".pth")) != str(weights) or not graph.is_file():
        raise InputError(
            f"{config}: needs torch and MMPose, which `bash tools/env.sh` installs; without them "
            "the pairs of the package run, and folders that `surgtools export` wrote"
        )
    return graph
