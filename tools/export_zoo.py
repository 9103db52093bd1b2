"""Write the ONNX graphs of the package's models anew.

``export_zoo.py [ALIAS ...]``: without a name all of them. ``surgtools/zoo/ALIAS.onnx`` is a graph
without numbers: each of its weights is a piece of ``ALIAS.pth``, where they lie uncompressed in
half precision. ONNX Runtime reads them from there. So the package holds every weight once, and the
graph takes some hundred kilobytes. Batch norms are not folded, since folded weights are in no
checkpoint; ONNX Runtime folds them when it loads the graph.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools import zoo  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.export import OPSET, trace  # noqa: E402
from surgtools.files import sha256_of, write_whole  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.prediction.backends.onnx_backend import GRAPH_SPEC, GRAPH_WEIGHTS  # noqa: E402
from surgtools.prediction.networks import load_detector, load_pose  # noqa: E402
from surgtools.prediction.one_stage_network import load_one_stage  # noqa: E402
from surgtools.prediction.specs import to_json  # noqa: E402

FURTHER = ("beside", "second_opinion")
"""Keys of a config that name another network, which goes with this one."""

LOADERS = {"rtmdet": load_detector, "rtmpose": load_pose, "rtmo": load_one_stage}
"""By how the aliases begin."""

Piece = tuple[int, int]
"""Offset and length in bytes."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("aliases", nargs="*", metavar="ALIAS", help="models of the package")
    try:
        for alias in parser.parse_args().aliases or zoo.aliases():
            path = write_graph(alias)
            print(f"{path.name}: opset {OPSET}, {path.stat().st_size / 1e3:.0f} kB")
    except InputError as error:
        print(f"export_zoo: {error}", file=sys.stderr)
        return 2
    return 0


def write_graph(alias: str, folder: Path = zoo.ZOO) -> Path:
    """Write ``folder/ALIAS.onnx`` beside ``folder/ALIAS.pth``.

    Raises:
        InputError: no such model, or a weight of the graph is in no piece of the checkpoint.
    """
    config, weights = zoo.resolve(alias, None)
    load = LOADERS[alias.split("-")[0]]
    network, spec = load(config, weights, fused=False)
    outputs = getattr(spec, "outputs", ("boxes", "scores"))
    path = folder / f"{alias}.onnx"
    with write_whole(path) as part:
        any_size = not getattr(spec, "enlarge", True)
        trace(network, spec.input_size, outputs, part, folded=False, any_size=any_size)
        model = onnx.load(str(part))
        borrow_weights(model, weights)
        settings = load_config(config)
        further = {name: settings[name] for name in FURTHER if settings.get(name)}
        told = to_json(spec) | {"outputs": list(outputs)} | further
        facts = {
            GRAPH_SPEC: json.dumps(told),
            GRAPH_WEIGHTS: sha256_of(weights),
        }
        helper.set_model_props(model, facts)
        Path(part).write_bytes(model.SerializeToString())
    return path


def borrow_weights(model: onnx.ModelProto, weights: Path) -> None:
    """Replace each float weight by the piece of ``weights`` that has its values, and a cast.

    Raises:
        InputError: a weight is in no piece.
    """
    pieces, casts = pieces_of(weights), []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32:
            continue
        piece = pieces.get(hashlib.sha256(values.astype(np.float16).tobytes()).digest())
        if piece is None:
            raise InputError(f"{weights}: has no weight with the values of {tensor.name}")
        name, stored = tensor.name, f"{tensor.name}.half"
        tensor.Clear()
        tensor.name, tensor.data_type = stored, TensorProto.FLOAT16
        tensor.dims.extend(values.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", weights.name),
            ("offset", piece[0]),
            ("length", piece[1]),
        ):
            tensor.external_data.add(key=key, value=str(value))
        casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def pieces_of(weights: Path) -> dict[bytes, Piece]:
    """Hash of the bytes of each stored tensor to where it lies in a checkpoint."""
    pieces = {}
    with zipfile.ZipFile(weights) as archive, weights.open("rb") as file:
        for entry in archive.infolist():
            if "/data/" not in entry.filename or entry.compress_type != zipfile.ZIP_STORED:
                continue
            file.seek(entry.header_offset + 26)
            sizes = int.from_bytes(file.read(2), "little"), int.from_bytes(file.read(2), "little")
            offset = entry.header_offset + 30 + sum(sizes)
            file.seek(offset)
            data = file.read(entry.file_size)
            pieces[hashlib.sha256(data).digest()] = (offset, entry.file_size)
    return pieces


if __name__ == "__main__":
    sys.exit(main())
