"""The user's word for an execution provider becomes ONNX Runtime's names, or one clear line."""

import pytest

from surgtools.errors import InputError
from surgtools.prediction.backends.onnx_providers import (
    PROVIDERS,
    execution_providers,
    require_started,
)

CPU, CUDA, TENSORRT, OPENVINO, COREML = (
    PROVIDERS[word] for word in ("cpu", "cuda", "tensorrt", "openvino", "coreml")
)
ALL = [TENSORRT, CUDA, COREML, OPENVINO, CPU]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        (None, [CPU]),
        ("cpu", [CPU]),
        ("auto", [CPU]),
        ("cuda", [CUDA, CPU]),
        ("cuda:1", [CUDA, CPU]),
        ("tensorrt", [TENSORRT, CUDA, CPU]),
        ("openvino", [OPENVINO, CPU]),
        ("coreml", [COREML, CPU]),
    ],
)
def test_what_a_provider_cannot_run_falls_to_the_next(word, names):
    assert execution_providers(ALL, word) == names


def test_tensorrt_alone_needs_no_cuda_provider():
    assert execution_providers([TENSORRT, CPU], "tensorrt") == [TENSORRT, CPU]


@pytest.mark.parametrize("word", ["cuda", "tensorrt", "openvino", "coreml"])
def test_one_that_is_not_there_is_named_with_what_is(word):
    with pytest.raises(InputError, match=f"provider {word}: .*not have it.*or take cpu"):
        execution_providers(["AzureExecutionProvider", CPU], word)


def test_an_unknown_word_is_told_the_known_ones():
    with pytest.raises(InputError, match="'mps': unknown.*cpu, cuda, tensorrt, openvino, coreml"):
        execution_providers(ALL, "mps")


def test_a_provider_that_does_not_start_is_no_silent_cpu():
    require_started([CUDA, CPU], [CUDA, CPU], "cuda")
    with pytest.raises(InputError, match="provider cuda: is installed and does not start"):
        require_started([CPU], [CUDA, CPU], "cuda")
