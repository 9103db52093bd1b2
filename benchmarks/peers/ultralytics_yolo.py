"""The peer's command line, in an environment of its own; nothing of it is a dependency."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import asdict, dataclass
from pathlib import Path

from kept import read_kept
from timed import measured
from yolo_speed import LAUNCH

from surgtools.annotations.convert import Options, convert
from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures
from surgtools.evaluation.readers import read_results
from surgtools.files import write_json

PACKAGES = ("ultralytics==8.4.190", "opencv-python-headless")


@dataclass(frozen=True)
class YoloSettings:
    """How the peer is trained.

    Attributes:
        model: its yaml; weights are random.
        imgsz: side of its input, in training and prediction.
        device: ``cpu`` or the number of a GPU.
        hours: of training; Ultralytics fits its schedule into them.
        workers: processes that load pictures.
    """

    model: str = "yolov8s-pose.yaml"
    imgsz: int = 416
    batch: int = 16
    device: str = "cpu"
    hours: float = 0.5
    workers: int = 1


class Yolo:
    """Trains and predicts in a folder, away from the network and from the user's settings.

    Args:
        environment: of the peer, see ``make_environment``.
        folder: gets ``weights.pt`` and ``training.json``.
    """

    def __init__(self, environment: Path, folder: Path, settings: YoloSettings) -> None:
        self.environment, self.settings = environment.resolve(), settings
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)

    def train(self, dataset: Path) -> dict:
        """Train for the given time, unless that is done; what ``training.json`` says.

        Args:
            dataset: folder with train/ and val/.

        Returns:
            ``weights`` (of the epoch that Ultralytics finds best on val/), ``minutes``,
            ``cpu_minutes`` and ``model``.

        Raises:
            InputError: the training that is done was of other data or settings.
        """
        done = self.folder / "training.json"
        asked = {"data": str(dataset.resolve()), **asdict(self.settings)}
        if not done.exists():
            data = self.folder / "data"
            shutil.rmtree(data, ignore_errors=True)
            convert(dataset, data, "coco", "yolo", Options())
            settings = self.settings
            spent = measured(
                lambda: self._run(
                    "train",
                    f"model={settings.model}",
                    f"data={data / 'data.yaml'}",
                    f"time={settings.hours}",
                    f"batch={settings.batch}",
                    f"workers={settings.workers}",
                    *("pretrained=False", "amp=False", "plots=False", "patience=100000"),
                    "name=train",
                )
            )
            weights = self.folder / "weights.pt"
            shutil.copy(self.folder / "runs/train/weights/best.pt", weights)
            model = f"{Path(settings.model).stem}, {settings.imgsz}x{settings.imgsz}"
            facts = {"model": model, "weights": str(weights), **spent, "asked": asked}
            write_json(done, facts, indent=1)
        return read_kept(done, asked)

    def predict(self, weights: Path, pictures: Pictures, name: str) -> list[dict]:
        """COCO results on pictures; none when nothing was found anywhere."""
        shutil.rmtree(self.folder / "runs" / name, ignore_errors=True)
        listing = self.folder / f"{name}.txt"
        files = [pictures.folder / image["file_name"] for image in pictures.content["images"]]
        listing.write_text("".join(f"{file}\n" for file in files))
        self._run(
            "predict",
            f"model={weights.resolve()}",
            f"source={listing}",
            *("conf=0.001", "max_det=50", "save=False", "save_txt=True", "save_conf=True"),
            *("verbose=False", f"name={name}"),
        )
        labels = self.folder / "runs" / name / "labels"
        if not any(labels.glob("*.txt")):
            return []
        rows, _ = read_results(labels, "yolo", pictures.content)
        return rows

    def _run(self, mode: str, *settings: str) -> None:
        where = (f"project={self.folder / 'runs'}", "exist_ok=True")
        size = (f"imgsz={self.settings.imgsz}", f"device={self.settings.device}")
        python, yolo = (str(self.environment / "bin" / name) for name in ("python", "yolo"))
        done = subprocess.run(
            [python, "-c", LAUNCH, yolo, "pose", mode, *settings, *size, *where],
            cwd=self.folder,
            env=os.environ
            | {
                "YOLO_CONFIG_DIR": str(self.folder / "config"),
                "YOLO_OFFLINE": "true",
                "PYTHONPATH": "",
            },
        )
        if done.returncode:
            raise InputError(f"`yolo pose {mode}` ended with {done.returncode}; see its output")


def make_environment(folder: Path) -> Path:
    """The folder, with the peer installed when its ``yolo`` is missing."""
    if not (folder / "bin/yolo").exists():
        print(f"making {folder} with {', '.join(PACKAGES)}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PACKAGES], check=True)
    return folder
