"""Networks on ONNX Runtime and no torch: an exported folder, or a graph of the package.

The folder holds ``detector.onnx``, ``pose.onnx`` and ``meta.json``, and where a second detector
goes with the first, ``detector_beside.onnx``, and a second pose model that confirms,
``pose_second.onnx``; or ``one_stage.onnx`` in their place. A graph of the
package has no numbers of its own: they stay in the checkpoint beside it, see
``tools/export_zoo.py``.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json, sha256_of
from surgtools.prediction.backends.onnx_providers import execution_providers, require_started
from surgtools.prediction.joined_detectors import Beside, read_beside
from surgtools.prediction.models import ONE_FOR_BOTH, ONE_STAGE_GRAPH, Models
from surgtools.prediction.second_opinion import SecondOpinion, read_second_opinion
from surgtools.prediction.specs import (
    DetectorSpec,
    OneStageSpec,
    PoseSpec,
    from_json,
    pose_from_json,
)

META, DETECTOR, POSE = "meta.json", "detector.onnx", "pose.onnx"
BESIDE, SECOND = "detector_beside.onnx", "pose_second.onnx"

GRAPH_SPEC, GRAPH_WEIGHTS = "surgtools.spec", "surgtools.weights_sha256"
"""What a graph of the package says of itself: how it is fed, and whose numbers it takes."""


class OnnxNetwork:
    """Run one ONNX file; see ``DetectorBackend`` and ``PoseBackend``.

    Args:
        path: the file.
        spec: how to feed it; None where that is read afterwards.
        device: ``cpu``, or one of ``PROVIDERS`` that this ONNX Runtime has.
        num_threads: of the CPU; None leaves the choice to ONNX Runtime.
        profiled: have ONNX Runtime take the time of each node, see ``presence_share``.

    Attributes:
        any_size: pictures need not have the size that the spec names.
        beside: a second detector that goes with this one, if it is one.
        second_opinion: another pose network that goes with this one, if it is one.

    Raises:
        InputError: onnxruntime is missing, or the file is no usable model.
    """

    def __init__(
        self,
        path: str | Path,
        spec: DetectorSpec | PoseSpec | None,
        device: str = "cpu",
        num_threads: int | None = None,
        profiled: bool = False,
    ) -> None:
        runtime = _onnxruntime()
        self.path, self.spec = Path(path), spec
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file; export the model again")
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = num_threads or _threads_of_environment()
        # Idle threads that spin would take the cores from decoding and drawing.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = execution_providers(runtime.get_available_providers(), device)
        if profiled:
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(tempfile.gettempdir()) / "surgtools")
        try:
            self.session = runtime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # onnxruntime's own types derive from Exception only
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: not a model ONNX Runtime can run ({reason})") from error
        require_started(self.session.get_providers(), providers, device)
        self.any_size = False
        self.beside: Beside | None = None
        self.second_opinion: SecondOpinion | None = None
        self.input_name = self.session.get_inputs()[0].name

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(self.session.run(None, {self.input_name: batch}))


def open_onnx(models: Models, role: str, device: str | None = None) -> OnnxNetwork:
    """One network, ``detector`` or ``pose``, of models that run without torch."""
    if not models.exported:
        return onnx_graph(models.files(role)[0], role, device or "cpu")
    return (onnx_detector if role == "detector" else onnx_pose)(models.exported, device or "cpu")


def onnx_detector(folder: str | Path, device: str = "cpu") -> OnnxNetwork:
    """The detector of an exported folder, and the one beside it."""
    folder = Path(folder)
    meta, where = _meta(folder, "detector"), f"{folder / META}: detector"
    network = OnnxNetwork(folder / DETECTOR, from_json(DetectorSpec, meta, where), device)
    network.beside = read_beside(
        meta,
        where,
        lambda named: OnnxNetwork(
            folder / BESIDE, from_json(DetectorSpec, named, f"{where}: beside"), device
        ),
    )
    return network


def onnx_pose(folder: str | Path, device: str = "cpu") -> OnnxNetwork:
    """The pose model of an exported folder, and the one that confirms what it finds."""
    folder = Path(folder)
    meta, where = _meta(folder, "pose"), f"{folder / META}: pose"
    network = OnnxNetwork(folder / POSE, pose_from_json(meta, where), device)
    network.second_opinion = read_second_opinion(
        meta,
        where,
        lambda named: OnnxNetwork(
            folder / SECOND, pose_from_json(named, f"{where}: second_opinion"), device
        ),
    )
    return network


def onnx_one_stage(models: Models, device: str = "cpu") -> OnnxNetwork:
    """The network of models without torch that finds boxes and keypoints at once."""
    if not models.exported:
        return onnx_graph(models.det_model, ONE_FOR_BOTH, device)
    told = _meta(models.exported, ONE_FOR_BOTH)
    spec = from_json(OneStageSpec, told, f"{models.exported / META}: {ONE_FOR_BOTH}")
    return OnnxNetwork(models.exported / ONE_STAGE_GRAPH, spec, device)


def onnx_graph(path: str | Path, role: str, device: str = "cpu") -> OnnxNetwork:
    """A graph of the package, for one of ``ALL_ROLES``.

    Raises:
        InputError: the checkpoint beside it is missing or is not the one the graph was made from.
    """
    path, weights = Path(path), Path(path).with_suffix(".pth")
    if not weights.is_file():
        raise InputError(f"{weights}: no such file; {path.name} takes its numbers from it")
    network = OnnxNetwork(path, None, device)
    facts = network.session.get_modelmeta().custom_metadata_map
    if facts.get(GRAPH_WEIGHTS) != sha256_of(weights):
        raise InputError(
            f"{path}: was not made from {weights.name}; run `python tools/export_zoo.py`"
        )
    spec, where = json.loads(facts[GRAPH_SPEC]), f"{path}: {role}"
    if role == ONE_FOR_BOTH:
        network.spec = from_json(OneStageSpec, spec, where)
    elif role == "detector":
        network.spec = from_json(DetectorSpec, spec, where)
        network.any_size = not network.spec.enlarge
        network.beside = read_beside(
            spec,
            where,
            lambda named: onnx_graph(path.with_name(f"{named['model']}.onnx"), role, device),
        )
    else:
        network.spec = pose_from_json(spec, where)
        network.second_opinion = read_second_opinion(
            spec,
            where,
            lambda named: onnx_graph(path.with_name(f"{named['model']}.onnx"), role, device),
        )
    return network


def _meta(folder: Path, part: str) -> dict:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give one that `surgtools export` wrote")
    meta = read_json(folder / META)
    if not isinstance(meta, dict) or not isinstance(meta.get(part), dict):
        raise InputError(f"{folder / META}: {part} is missing; export the model again")
    return meta[part]


def _threads_of_environment() -> int:
    """The first number of ``OMP_NUM_THREADS``, such as ``4`` or ``4,2``; 0 where there is none."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdecimal() else 0


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(
            "ONNX models need the package onnxruntime; `pip install onnxruntime`"
        ) from error
    return onnxruntime
