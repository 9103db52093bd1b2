"""Checks of pictures, video and ONNX: each writes something small and reads it back."""

import tempfile
from pathlib import Path

import numpy as np

from surgtools.doctor.finding import PIP, Check, Fault, at_least

NUM_FRAMES = 8


def opencv() -> str:
    import cv2

    if at_least(cv2.__version__, (4, 13)):
        raise Fault(f"{cv2.__version__}; below 4.13 is tested")
    picture = np.full((32, 48, 3), 120, np.uint8)
    ok, data = cv2.imencode(".jpg", picture)
    if not ok or cv2.imdecode(data, cv2.IMREAD_COLOR).shape != picture.shape:
        raise Fault(f"{cv2.__version__} cannot write and read a JPEG")
    return cv2.__version__


def video() -> str:
    """Write H.264 and count the frames that come back."""
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for shade in range(NUM_FRAMES):
                picture = np.full((48, 64, 3), 20 * shade, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        with av.open(str(path)) as container:
            count = sum(1 for _ in container.decode(video=0))
    if count != NUM_FRAMES:
        raise Fault(f"PyAV {av.__version__} read {count} of {NUM_FRAMES} H.264 frames back")
    return f"PyAV {av.__version__} writes and reads H.264"


def onnx() -> str:
    """Run a graph of one addition."""
    import onnxruntime
    from onnx import TensorProto, helper

    tensors = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])], "probe", tensors[:1], tensors[1:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    providers = onnxruntime.get_available_providers()
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    answer = session.run(None, {"x": np.array([1, 2], np.float32)})[0].tolist()
    if answer != [2.0, 4.0]:
        raise Fault(f"onnxruntime {onnxruntime.__version__} answered {answer}, expected [2, 4]")
    short = ", ".join(name.removesuffix("ExecutionProvider") for name in providers)
    return f"onnxruntime {onnxruntime.__version__} ({short})"


CHECKS = (
    Check("OpenCV", opencv, f'{PIP} --force-reinstall --no-deps "opencv-python-headless<4.13"'),
    Check("video", video, f"{PIP} --force-reinstall av"),
    Check("ONNX", onnx, f"{PIP} --force-reinstall --no-deps onnx onnxruntime"),
)
