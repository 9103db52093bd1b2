import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.backends.onnx_backend import onnx_detector, onnx_pose

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def exported(random_models, tmp_path_factory) -> Path:
    from surgtools.export import export_models
    from surgtools.prediction.models import Models

    return export_models(Models(**random_models), tmp_path_factory.mktemp("exported"))


def test_batches_of_any_size_run(exported):
    network = onnx_detector(exported)
    for count in (1, 3):
        boxes, scores = network(np.zeros((count, 3, 320, 320), np.float32))
        # 40 * 40 + 20 * 20 + 10 * 10 places
        assert boxes.shape == (count, 2100, 4)
        assert scores.shape == (count, 2100, 2)


@pytest.mark.parametrize(("text", "threads"), [("3", 3), ("2,1", 2), ("", 0), ("all", 0)])
def test_threads_are_those_of_the_environment(text, threads, exported, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    options = onnx_pose(exported).session.get_session_options()
    assert options.intra_op_num_threads == threads


@pytest.mark.parametrize("named", [True, False], ids=["exported", "of the package"])
def test_predict_runs_where_only_numpy_opencv_and_onnxruntime_are(named, exported, tmp_path):
    """Everything else is hidden from the process; torch must not even be asked for."""
    image = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    models = ["--models", str(exported)] if named else []
    code = f"""
import sys
class Hide:
    banned = ("torch", "torchvision", "mmengine", "mmcv", "mmdet", "mmpose", "av", "scipy", "PIL",
              "rich", "onnx", "jsonschema", "matplotlib", "pycocotools")
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.banned:
            raise ImportError(name + " is hidden")
sys.meta_path.insert(0, Hide())
sys.path.insert(0, {str(ROOT)!r})
from surgtools.cli import main
code = main(["predict", "a.png", "--out-dir", "out", *{models!r}])
print(sorted(m for m in Hide.banned if m in sys.modules), code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr
    frames = json.loads((tmp_path / "out/predictions.json").read_text())["instance_info"]
    assert len(frames) == 1


def test_a_broken_folder_is_named(exported, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        onnx_pose(tmp_path / "none")
    with pytest.raises(InputError, match=r"meta\.json: no such file"):
        onnx_pose(tmp_path)
    meta = json.loads((exported / "meta.json").read_text())
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match=r"pose\.onnx: no such file"):
        onnx_pose(tmp_path)
    (tmp_path / "pose.onnx").write_bytes(b"junk")
    with pytest.raises(InputError, match="not a model ONNX Runtime can run"):
        onnx_pose(tmp_path)


def test_a_model_of_other_keypoints_is_refused(exported, tmp_path):
    meta = json.loads((exported / "meta.json").read_text())
    meta["pose"]["answers"] = ["nose"]
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match=r"pose: the model answers \['nose'\]"):
        onnx_pose(tmp_path)
    del meta["detector"]["mean"]
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match="detector: mean is missing"):
        onnx_detector(tmp_path)


def test_folders_from_before_the_presence_output_are_read(exported, tmp_path):
    meta = json.loads((exported / "meta.json").read_text())
    del meta["pose"]["has_presence"]
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "pose.onnx").write_bytes((exported / "pose.onnx").read_bytes())
    assert not onnx_pose(tmp_path).spec.has_presence


def test_a_provider_runs_an_exported_folder_and_no_torch_pair(exported, random_models):
    from surgtools.prediction.inferencer import Inferencer

    detector = Inferencer(models=exported, provider="cpu", only="detector")
    assert list(detector([np.zeros((64, 64, 3), np.uint8)], pose=False))
    with pytest.raises(InputError, match="provider openvino: this onnxruntime does not have it"):
        Inferencer(models=exported, provider="openvino")
    with pytest.raises(InputError, match="--provider cpu: is for exported models"):
        Inferencer(**random_models, provider="cpu")
    with pytest.raises(InputError, match="--device cpu and --provider cpu both"):
        Inferencer(models=exported, provider="cpu", device="cpu")


def test_cuda_without_cuda_says_so(exported):
    with pytest.raises(InputError, match="onnxruntime"):
        onnx_detector(exported, "cuda:0")
