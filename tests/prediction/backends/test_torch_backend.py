import numpy as np
import pytest
import torch

from surgtools.errors import InputError
from surgtools.prediction.backends.torch_backend import TorchNetwork, find_device, torch_detector
from surgtools.prediction.specs import DetectorSpec

SPEC = DetectorSpec((8, 8), (0, 0, 0), (1, 1, 1), False)


class Sum(torch.nn.Module):
    def forward(self, images):
        return images.sum(dim=(1, 2, 3)), images.mean(dim=1)


def test_arrays_in_float_arrays_out():
    batch = np.ones((2, 3, 8, 8), np.float32)
    total, mean = TorchNetwork(Sum(), SPEC, "cpu")(batch)
    assert total.tolist() == [192, 192]
    assert mean.shape == (2, 8, 8)
    assert mean.dtype == np.float32


def test_half_precision_stays_close(random_models):
    rng = np.random.default_rng(0)
    batch = np.kron(rng.normal(size=(1, 3, 10, 10)), np.ones((32, 32))).astype(np.float32)
    full, half = (
        torch_detector(random_models["det_model"], random_models["det_weights"], "cpu", precision)(
            batch
        )[1]
        for precision in ("fp32", "bf16")
    )
    assert (full != half).any()
    assert np.corrcoef(full.ravel(), half.ravel())[0, 1] > 0.8
    assert half.dtype == np.float32


def test_a_device_that_is_not_there_says_so():
    with pytest.raises(InputError, match="--device cpu"):
        find_device("cuda:77")
    with pytest.raises(InputError, match="'toaster' cannot be used"):
        find_device("toaster")
    assert find_device("cpu").type == "cpu"


def test_unknown_and_useless_precisions_are_refused():
    with pytest.raises(InputError, match="fp32, fp16, bf16 are known"):
        TorchNetwork(Sum(), SPEC, "cpu", "int8")
    with pytest.raises(InputError, match="fp16 on a CPU"):
        TorchNetwork(Sum(), SPEC, "cpu", "fp16")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_answers_as_the_cpu_does(random_models):
    batch = np.random.default_rng(0).normal(size=(2, 3, 320, 320)).astype(np.float32)
    files = random_models["det_model"], random_models["det_weights"]
    cpu = torch_detector(*files, "cpu", "fp32")(batch)
    cuda = torch_detector(*files, "cuda:0", "fp32")(batch)
    np.testing.assert_allclose(cpu[1], cuda[1], atol=2e-2)
