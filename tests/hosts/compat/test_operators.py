"""The stand-in for mmcv's compiled operators."""

import importlib.util
import sys

import pytest
import torch
from torchvision import ops

import surgtools.hosts.compat
from surgtools.hosts.compat import operators


@pytest.fixture
def module():
    return operators.OperatorModule()


def test_nms_keeps_the_best_of_overlapping_boxes():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30]])
    scores = torch.tensor([0.5, 0.9, 0.7])
    # box 1 covers 80 of box 0's 100 pixels: IoU 0.8
    assert operators.nms(boxes, scores, 0.75, offset=0).tolist() == [1, 2]
    assert operators.nms(boxes, scores, 0.85, offset=0).tolist() == [1, 2, 0]


def test_nms_offset_counts_the_last_pixel():
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 4]])
    scores = torch.tensor([0.9, 0.5])
    # widths 9 and 9, heights 9 and 4: IoU 4 / 9; with the last pixel 5 / 10
    assert operators.nms(boxes, scores, 0.47, offset=0).tolist() == [0, 1]
    assert operators.nms(boxes, scores, 0.47, offset=1).tolist() == [0]


def test_mmcv_roi_align_equals_torchvision_with_gradient():
    from mmcv.ops import RoIAlign

    features = torch.arange(2 * 3 * 8 * 8, dtype=torch.float32).reshape(2, 3, 8, 8)
    rois = torch.tensor([[0.0, 1, 1, 6, 5], [1, 0, 2, 7, 7]])
    ours, theirs = (features.clone().requires_grad_() for _ in range(2))
    a = RoIAlign(2, spatial_scale=0.5, sampling_ratio=0)(ours, rois)
    b = ops.roi_align(theirs, rois, (2, 2), 0.5, -1, True)
    a.square().sum().backward()
    b.square().sum().backward()
    assert torch.equal(a, b)
    assert torch.equal(ours.grad, theirs.grad)
    assert ours.grad.abs().sum() > 0


def test_roi_align_refuses_what_torchvision_cannot():
    from mmcv.ops import RoIAlign

    pool = RoIAlign(2, pool_mode="max")
    with pytest.raises(NotImplementedError, match="pool_mode='avg'"):
        pool(torch.zeros(1, 1, 4, 4), torch.tensor([[0.0, 0, 0, 3, 3]]))


def test_other_operators_exist_and_explain_themselves(module):
    with pytest.raises(NotImplementedError, match="`deform_conv_forward` is not part"):
        module.deform_conv_forward(1, 2)


def test_import_machinery_sees_a_module(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "mmcv._ext", module)
    assert importlib.util.find_spec("mmcv._ext").name == "mmcv._ext"
    with pytest.raises(AttributeError):
        _ = module.__wrapped__


def test_install_twice_changes_nothing():
    before = sys.modules["mmcv._ext"]
    surgtools.hosts.compat.install()
    assert sys.modules["mmcv._ext"] is before


def test_compiled_operators_are_left_alone(monkeypatch):
    compiled = object()
    monkeypatch.setitem(sys.modules, "mmcv._ext", compiled)
    operators.install()
    assert sys.modules["mmcv._ext"] is compiled
    assert not operators.is_stand_in()
