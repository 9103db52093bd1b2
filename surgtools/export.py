"""Write a detector and a pose model as ONNX, and prove that they answer as torch does.

The folder holds ``detector.onnx``, ``pose.onnx``, the networks that go with these, and
``meta.json`` with everything needed to run them: preprocessing, categories, slots, opset. The
batch is dynamic and every operator is standard.
``pose_rtmlib.onnx``, on request, is the same pose model without visibility and presence, because
rtmlib takes exactly two outputs.

Shapes: B pictures, P candidate boxes, C categories, N crops, K union slots.
"""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from surgtools import __version__, zoo
from surgtools.boxes import box_iou_xyxy
from surgtools.errors import InputError
from surgtools.files import write_json, write_whole
from surgtools.hosts.config_files import load_config
from surgtools.prediction.backends.onnx_backend import BESIDE, DETECTOR, META, POSE, SECOND
from surgtools.prediction.models import ONE_STAGE_GRAPH, Models
from surgtools.prediction.networks import load_detector, load_pose
from surgtools.prediction.one_stage_network import load_one_stage
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.specs import SimCCSpec, require_one_pair, require_same_helper, to_json

OPSET = 17
RTMLIB_POSE = "pose_rtmlib.onnx"

GRAPHS = (DETECTOR, POSE, BESIDE, SECOND, RTMLIB_POSE, ONE_STAGE_GRAPH)
"""All graphs that an export may write; a folder holds those of one export."""


@dataclass(frozen=True)
class Parity:
    """How far ONNX is from torch on the same pictures.

    Attributes:
        pictures: how many were compared.
        instances: how many torch found.
        same_instances: whether each instance of one has a partner of its category and place in
            the other.
        max_box_px: largest difference of a box side, image pixels.
        max_keypoint_px: largest difference of a keypoint, image pixels.
        max_score: largest difference of a keypoint score or of a box score.
    """

    pictures: int
    instances: int
    same_instances: bool
    max_box_px: float
    max_keypoint_px: float
    max_score: float


def export_models(
    models: Models,
    out_dir: str | Path,
    for_rtmlib: bool = False,
    trust_checkpoint: bool = False,
) -> Path:
    """Write the folder and return it; graphs of an earlier export in it are replaced or deleted.

    Args:
        for_rtmlib: also write ``pose_rtmlib.onnx``.

    Raises:
        InputError: a model cannot be loaded, the models are of different taxonomies, or the
            folder cannot be written.
    """
    out_dir = Path(out_dir)
    if models.is_one_stage:
        return _export_one_stage(models, out_dir, for_rtmlib, trust_checkpoint)
    detector, detector_spec = load_detector(*models.files("detector"), trust_checkpoint)
    pose, pose_spec = load_pose(*models.files("pose"), trust_checkpoint)
    if for_rtmlib and not isinstance(pose_spec, SimCCSpec):
        raise InputError(
            f"{models.pose2d}: rtmlib wants SimCC, this model has heatmaps; omit --rtmlib"
        )
    require_one_pair(detector_spec, pose_spec)
    beside = load_config(models.files("detector")[0]).get("beside")
    if beside:
        beside_network, beside_spec = load_detector(*zoo.resolve(beside["model"], None))
        require_same_helper(detector_spec, beside_spec, "beside")
    second = load_config(models.files("pose")[0]).get("second_opinion")
    if second:
        second_network, second_spec = load_pose(*zoo.resolve(second["model"], None))
        require_same_helper(pose_spec, second_spec, "second_opinion")
    graphs = {
        DETECTOR: (detector, detector_spec.input_size, ("boxes", "scores")),
        POSE: (pose, pose_spec.input_size, pose_spec.outputs),
    }
    if for_rtmlib:
        graphs[RTMLIB_POSE] = _FirstTwo(pose), pose_spec.input_size, pose_spec.responses
    told = to_json(detector_spec) | {"outputs": ["boxes", "scores"]}
    if beside:
        graphs[BESIDE] = beside_network, beside_spec.input_size, ("boxes", "scores")
        told["beside"] = to_json(beside_spec) | dict(beside)
    told_pose = to_json(pose_spec) | {"outputs": list(pose_spec.outputs)}
    if second:
        graphs[SECOND] = second_network, second_spec.input_size, second_spec.outputs
        told_pose["second_opinion"] = to_json(second_spec) | {"outputs": list(second_spec.outputs)}
        told_pose["second_opinion"] |= dict(second)
    meta = {
        "surgtools": __version__,
        "opset": OPSET,
        "input": "float32 (batch, 3, height, width), normalized as below",
        "detector": told,
        "pose": told_pose,
        "made_from": models.to_dict(),
    }
    _write_folder(out_dir, graphs, meta)
    return out_dir


def _export_one_stage(models: Models, out_dir: Path, for_rtmlib: bool, trust: bool) -> Path:
    """The folder of a network that finds boxes and keypoints at once."""
    if for_rtmlib:
        raise InputError(f"{models.det_model}: has no pose model for rtmlib; omit --rtmlib")
    network, spec = load_one_stage(*models.files("detector"), trust)
    meta = {
        "surgtools": __version__,
        "opset": OPSET,
        "input": "float32 (batch, 3, height, width), normalized as below",
        "one_stage": to_json(spec) | {"outputs": list(spec.outputs)},
        "made_from": models.to_dict(),
    }
    _write_folder(out_dir, {ONE_STAGE_GRAPH: (network, spec.input_size, spec.outputs)}, meta)
    return out_dir


def _write_folder(out_dir: Path, graphs: Mapping[str, tuple], meta: Mapping) -> None:
    """Put graphs and ``meta.json`` in the place of an earlier export, once all are made.

    Graphs of two exports beside each other would answer, and wrongly: so the old ``meta.json``
    goes first, without which a folder is none, and the new one comes last.

    Args:
        graphs: name of the file to arguments of ``write_onnx``.
    """
    with ExitStack() as whole:
        for name, arguments in graphs.items():
            write_onnx(*arguments, whole.enter_context(write_whole(out_dir / name)))
        for name in (META, *sorted({*GRAPHS} - set(graphs))):
            (out_dir / name).unlink(missing_ok=True)
    write_json(out_dir / META, meta, indent=2)


def write_onnx(
    network: nn.Module, input_size: tuple[int, int], outputs: Sequence[str], path: Path
) -> None:
    """Trace one network with a dynamic batch, and check the graph.

    Args:
        input_size: (w, h).
        outputs: names of what the network returns, in order.
        path: file to write.

    Raises:
        InputError: the graph holds an operator outside the standard.
    """
    trace(network, input_size, outputs, path)
    graph = onnx.load(str(path))
    onnx.checker.check_model(graph)
    domains = {node.domain for node in graph.graph.node} - {"", "ai.onnx"}
    if domains:
        raise InputError(
            f"the graph of {', '.join(outputs)} needs custom operators "
            f"({', '.join(sorted(domains))}); use a model of standard layers"
        )


def trace(
    network: nn.Module,
    input_size: tuple[int, int],
    outputs: Sequence[str],
    path: str | Path,
    folded: bool = True,
    any_size: bool = False,
) -> None:
    """Write a network as a graph with a dynamic batch; arguments as of ``write_onnx``.

    Args:
        any_size: leave width and height open, too.
        folded: compute beforehand what does not depend on the input. Without it every weight of
            the graph is one of the network's, as it is.
    """
    width, height = input_size
    example = torch.zeros(2, 3, height, width)
    dynamic = {name: {0: "batch"} for name in ("input", *outputs)}
    if any_size:
        dynamic["input"] |= {2: "height", 3: "width"}
        dynamic |= {name: {0: "batch", 1: "places"} for name in outputs}
    training = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    with torch.inference_mode(), warnings.catch_warnings():
        # The newer exporter needs another package and writes these graphs no better.
        warnings.simplefilter("ignore", DeprecationWarning)
        # What is computed from the size of the input may be fixed: the size is.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            network.cpu().eval(),
            (example,),
            str(path),
            input_names=["input"],
            output_names=list(outputs),
            dynamic_axes=dynamic,
            opset_version=OPSET,
            dynamo=False,
            do_constant_folding=folded,
            training=training,
        )


def measure_parity(
    out_dir: str | Path,
    images: Sequence[np.ndarray],
    models: Models,
    trust_checkpoint: bool = False,
) -> Parity:
    """Run torch and the exported folder on the same pictures and compare."""
    return measure_parity_of(models, Models(exported=Path(out_dir)), images, trust_checkpoint)


def measure_parity_of(
    models: Models, others: Models, images: Sequence[np.ndarray], trust_checkpoint: bool = False
) -> Parity:
    """Run two pairs on the same pictures and compare.

    Each runs from picture to keypoints on its own, so differences of the boxes count too.

    Args:
        models: those that count as right.
        images: (H, W, 3) BGR each; none gives zeros.
    """
    predictors = [
        Predictor.open(pair, "cpu", trust_checkpoint=trust_checkpoint, flip_test=False)
        for pair in (models, others)
    ]
    same, count = True, 0
    box_px = keypoint_px = score = 0.0
    for image in images:
        ours, theirs = (predictor.find([image])[0] for predictor in predictors)
        count += len(ours)
        pairs = _pair(ours, theirs)
        same = same and len(pairs) == len(ours) == len(theirs)
        for a, b in pairs:
            box_px = max(box_px, float(np.abs(a.bbox - b.bbox).max()))
            keypoint_px = max(keypoint_px, float(np.abs(a.keypoints - b.keypoints).max()))
            score = max(score, float(np.abs(a.keypoint_scores - b.keypoint_scores).max()))
            score = max(score, abs(a.bbox_score - b.bbox_score))
    return Parity(len(images), count, same, box_px, keypoint_px, score)


def _pair(ours: list[Instance], theirs: list[Instance]) -> list[tuple[Instance, Instance]]:
    """Instances of one category whose boxes agree, each used once."""
    overlap = box_iou_xyxy([i.bbox for i in ours], [i.bbox for i in theirs])
    pairs = []
    for row, instance in enumerate(ours):
        for column in np.argsort(-overlap[row]):
            if overlap[row, column] < 0.9:
                break
            if theirs[column].category_id == instance.category_id:
                pairs.append((instance, theirs[column]))
                overlap[:, column] = 0
                break
    return pairs


class _FirstTwo(nn.Module):
    """A pose network without visibility and presence."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.network(crops)[:2]
