"""The wheel works where there is no checkout: in an environment of its own, from another folder.

The environment shares the libraries of the one that runs the tests, and nothing is downloaded.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import cv2
import pytest

from surgtools.files import read_json

ROOT = Path(__file__).resolve().parents[1]
BUILT_FROM = ("surgtools", "data_gen", "tools/requirements")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, since building leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for name in BUILT_FROM:
        shutil.copytree(ROOT / name, folder / "checkout" / name, ignore=ignore)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "checkout")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    made = subprocess.run(
        [*pip, "--wheel-dir", str(folder), str(folder / "checkout")],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    shutil.rmtree(folder / "checkout")
    (path,) = folder.glob("surgtools-*.whl")
    return path


@pytest.fixture(scope="module")
def surgtools(wheel, tmp_path_factory):
    """Run the installed command in a folder, and return what it printed."""
    env = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    own = env / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    (own / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(env / "bin/python"), "install"]
    subprocess.run([*install, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    threads = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SURGTOOLS_DATA")}

    def run(folder: Path, *words: object, code: int = 0) -> str:
        done = subprocess.run(
            [env / "bin/surgtools", *map(str, words)],
            cwd=folder,
            env={**clean, **threads},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    run.python = env / "bin/python"
    return run


def test_the_wheel_holds_what_the_commands_read(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "surgtools/configs/data_gen/base.yaml",
        "surgtools/configs/_base_/instruments.py",
        "surgtools/zoo/rtmdet-tiny_instruments.pth",
        "surgtools/zoo/rtmdet-tiny_instruments.onnx",
        "surgtools/samples/clip.mp4",
        "surgtools/schemas/predictions.schema.json",
        "surgtools/reports/templates/report.html",
        "surgtools/annotations/templates/check.html",
        "data_gen/__main__.py",
    ):
        assert name in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if ".dist-info" not in top} == {"surgtools", "data_gen"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_package_is_that_of_the_wheel(surgtools, tmp_path):
    told = subprocess.run(
        [surgtools.python, "-c", "import surgtools; print(surgtools.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert Path(told).is_relative_to(surgtools.python.parents[1])


def test_train_test_and_predict(surgtools, draw_dataset, tmp_path):
    data, run = draw_dataset(size=64, train=4, val=2), tmp_path / "run"
    config = "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
    few = ["train_dataloader.batch_size=2", "train_dataloader.num_workers=0"]
    few += ["train_dataloader.persistent_workers=False"]
    train = ["train", config, "--data", data, "--epochs", 1, "--work-dir", run, "--no-validate"]
    surgtools(tmp_path, *train, "--cfg-options", *few)
    weights = run / "epoch_1.pth"
    metrics = tmp_path / "metrics.json"
    scored = surgtools(tmp_path, "test", config, weights, "--data", data, "--out", metrics)
    assert "metrics: " in scored and read_json(metrics)["counts"]
    picture = next((data / "val/images").iterdir())
    surgtools(tmp_path, "predict", picture, "--out-dir", "found")
    assert read_json(tmp_path / "found/predictions.json")["instance_info"]


def test_check_and_the_help_of_adapt(surgtools, draw_dataset, tmp_path):
    labels = draw_dataset(size=64, train=2) / "train/coco_keypoints.json"
    assert "0 errors" in surgtools(tmp_path, "data", "check", labels, "--html", "check.html")
    assert "usage: surgtools adapt" in surgtools(tmp_path, "adapt", "--help")


@pytest.mark.blender
@pytest.mark.skipif(not importlib.util.find_spec("bpy"), reason="Blender's bpy is not installed")
def test_generate_from_a_folder_that_has_its_own_data_gen(surgtools, tmp_path):
    (tmp_path / "data_gen").mkdir()
    (tmp_path / "data_gen/__main__.py").write_text("raise SystemExit('the wrong data_gen')")
    small = ["--resolution", "64x48", "--samples", 1, "--num", 1, "--workers", 1, "--no-card"]
    surgtools(tmp_path, "generate", "plain", "--out", "set", *small)
    assert cv2.imread(str(tmp_path / "set/train/images/000000.jpg")).shape == (48, 64, 3)
