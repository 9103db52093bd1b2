"""The graphs of the package belong to its networks, and answer as torch does."""

import shutil

import cv2
import numpy as np
import pytest

from surgtools import samples, zoo
from surgtools.errors import InputError
from surgtools.export import measure_parity_of
from surgtools.prediction.backends.onnx_backend import onnx_graph
from surgtools.prediction.graphs import graph_of, is_graph
from surgtools.prediction.models import ALONE, ONE_FOR_BOTH, PAIRS, ROLES, Models
from surgtools.prediction.networks import load_detector, load_pose
from surgtools.prediction.one_stage_network import load_one_stage

ROLE_OF = {
    alias: role for pair in PAIRS.values() for alias, role in zip(pair, ROLES, strict=True)
} | dict.fromkeys(ALONE.values(), ONE_FOR_BOTH)
LOADERS = {"detector": load_detector, "pose": load_pose, ONE_FOR_BOTH: load_one_stage}
EXPORT_ANEW = "the network changed; run `python tools/export_zoo.py`"


def test_a_graph_lies_beside_the_weights_of_each_network_of_the_package(tmp_path):
    for alias in ROLE_OF:
        graph = graph_of(*zoo.resolve(alias, None))
        assert is_graph(graph) and graph.with_suffix(".pth").is_file()
        assert graph_of(graph, None) == graph and graph.stat().st_size < 600_000
    assert graph_of(None, None) is None
    config, _ = zoo.resolve(zoo.POSE, None)
    with pytest.raises(InputError, match="needs torch and MMPose"):
        graph_of(config, tmp_path / "own.pth")


@pytest.mark.parametrize("alias", ROLE_OF)
def test_a_graph_is_fed_as_the_network_is(alias):
    role = ROLE_OF[alias]
    graph = onnx_graph(graph_of(*zoo.resolve(alias, None)), role)
    assert graph.spec == LOADERS[role](*zoo.resolve(alias, None))[1], EXPORT_ANEW


@pytest.mark.parametrize("name", [*PAIRS, *ALONE])
def test_graphs_answer_as_torch_does(name):
    pictures = [cv2.imread(str(path)) for path in samples.pictures()[1:3]]
    parity = measure_parity_of(Models.find(name), Models.find(f"{name}-onnx"), pictures)
    assert parity.same_instances, EXPORT_ANEW
    assert parity.max_keypoint_px <= 0.1 and parity.max_score <= 1e-3, EXPORT_ANEW
    assert parity.instances >= 1 or name == "general"


def test_a_graph_and_other_weights_are_refused(tmp_path):
    for suffix in (".onnx", ".pth"):
        shutil.copy(zoo.ZOO / f"{zoo.FAST_POSE}{suffix}", tmp_path / f"a{suffix}")
    shutil.move(tmp_path / "a.onnx", tmp_path / f"{zoo.FAST_POSE}.onnx")
    with pytest.raises(InputError, match="no such file; .* takes its numbers from it"):
        onnx_graph(tmp_path / f"{zoo.FAST_POSE}.onnx", "pose")
    content = bytearray((tmp_path / "a.pth").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / f"{zoo.FAST_POSE}.pth").write_bytes(content)
    with pytest.raises(InputError, match="was not made from .*; run `python tools/export_zoo.py`"):
        onnx_graph(tmp_path / f"{zoo.FAST_POSE}.onnx", "pose")


@pytest.mark.parametrize("alias", [zoo.FAST_POSE, zoo.ONE_STAGE])
def test_a_batch_of_any_size_runs(alias):
    network = onnx_graph(graph_of(*zoo.resolve(alias, None)), ROLE_OF[alias])
    for count in (1, 3):
        outputs = network(np.zeros((count, 3, *network.spec.input_size[::-1]), np.float32))
        assert [len(output) for output in outputs] == [count] * len(network.spec.outputs)
