"""Which execution provider of ONNX Runtime runs a network: from the user's word to its names."""

from collections.abc import Sequence

from surgtools.errors import InputError
from surgtools.prediction.device_names import device_name

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}
"""What the user says to what ONNX Runtime calls it."""

_BRINGS = {
    "cuda": "`pip install onnxruntime-gpu` brings it",
    "tensorrt": "`pip install onnxruntime-gpu` and TensorRT bring it",
    "openvino": "`pip install onnxruntime-openvino` brings it",
    "coreml": "onnxruntime has it on macOS",
}


def execution_providers(available: Sequence[str], device: str | None) -> list[str]:
    """Names for ONNX Runtime, best first; what one cannot run falls to the next.

    Args:
        available: what this ONNX Runtime was built with.
        device: a key of ``PROVIDERS``, or a device such as ``cuda:0``; None is the CPU.

    Raises:
        InputError: it is unknown, or this ONNX Runtime does not have it.
    """
    word = _word(device)
    if word not in PROVIDERS:
        raise InputError(
            f"device {device!r}: unknown to ONNX Runtime; {', '.join(PROVIDERS)} are expected"
        )
    if word != "cpu" and PROVIDERS[word] not in available:
        raise InputError(
            f"provider {word}: this onnxruntime does not have it; {_BRINGS[word]}, or take "
            f"{' or '.join(_words(available))}"
        )
    chain = {"tensorrt": ("tensorrt", "cuda")}.get(word, (word,))
    return [*(PROVIDERS[w] for w in chain if PROVIDERS[w] in available and w != "cpu"),
            PROVIDERS["cpu"]]  # fmt: skip


def require_started(started: Sequence[str], asked: Sequence[str], device: str | None) -> None:
    """ONNX Runtime goes on with the CPU where a provider does not start; here that is an error.

    Args:
        started: the providers of the session.
        asked: see ``execution_providers``.

    Raises:
        InputError: the first of those asked for did not start.
    """
    if asked[0] not in started:
        raise InputError(
            f"provider {_word(device)}: is installed and does not start, often for lack of a "
            "driver or a library; mend that or take cpu"
        )


def _word(device: str | None) -> str:
    name = device_name(device) or "cpu"
    return "cpu" if name == "auto" else name.split(":")[0]


def _words(available: Sequence[str]) -> list[str]:
    return [word for word, name in PROVIDERS.items() if name in available] or ["cpu"]
