import time
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from surgtools.prediction.presence_share import presence_share


class Slow(nn.Module):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def forward(self, x):
        time.sleep(self.seconds)
        return x


class Network(nn.Module):
    """Three quarters of its time go into presence."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.photo_backbone, self.presence = Slow(0.02), Slow(0.04), Slow(0.02)

    def forward(self, x):
        return self.presence(self.photo_backbone(self.backbone(x)))


class Backend:
    spec = SimpleNamespace(has_presence=True, input_size=(8, 6))
    network = Network()

    def __call__(self, batch):
        assert batch.shape == (4, 3, 6, 8)
        return self.network(torch.from_numpy(batch))


def test_a_network_without_presence_spends_nothing_on_it(toy):
    assert presence_share(toy.predictor.pose.backend) == 0


def test_modules_are_timed_and_let_alone_again():
    backend = Backend()
    assert 0.6 < presence_share(backend) < 0.85
    assert not backend.network.presence._forward_hooks


def test_nodes_of_a_graph_are_timed_by_their_names(tmp_path):
    import onnx
    from onnx import TensorProto, helper

    from surgtools.prediction.backends.onnx_backend import OnnxNetwork

    shape = ["n", 3, 6, 8]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("input", "out")]
    nodes = [
        helper.make_node("Sin", ["input"], ["a"], name="/backbone/Sin"),
        helper.make_node("Cos", ["a"], ["b"], name="/photo_backbone/Cos"),
        helper.make_node("Sin", ["b"], ["out"], name="/head/Sin"),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "toy", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(model, tmp_path / "toy.onnx")
    backend = OnnxNetwork(tmp_path / "toy.onnx", Backend.spec)
    assert 0 < presence_share(backend) < 1
    assert np.allclose(backend(np.zeros((1, 3, 6, 8), np.float32))[0], np.sin(1))
