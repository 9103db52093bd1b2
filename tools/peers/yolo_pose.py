"""Train YOLOv8-pose on our renders for a given time and score it with our evaluator.

A peer for the results table: same pictures, same wall-clock budget, same machine, and like ours
untrained at the start (built from its yaml). It runs in an environment of its own; nothing of it
is a dependency of surgtools.

    python tools/peers/yolo_pose.py --data DATASET --hours 0.5 --out work_dirs/yolo \
        --score synthetic=DATASET --score real=REAL_DATASET --negatives NEGATIVES

It leaves OUT/weights.pt, OUT/NAME/metrics.json (the same form as `surgtools test`) and
OUT/NAME/report.html. With --weights it only predicts and scores.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from surgtools.annotations.convert import Options, convert  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.pictures import Pictures, open_negatives, open_pictures  # noqa: E402
from surgtools.evaluation.readers import read_results  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.reports.page import write_report  # noqa: E402

PACKAGES = ("ultralytics==8.4.190", "opencv-python-headless")


def main() -> int:
    """Environment, conversion, training, prediction, scores."""
    args = parse_arguments()
    try:
        return compare(args)
    except InputError as error:
        print(f"yolo_pose: {error}", file=sys.stderr)
        return 2


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="dataset folder with train/ and val/")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--hours", type=float, default=0.5, help="of training (default: 0.5)")
    parser.add_argument("--model", default="yolov8s-pose.yaml")
    parser.add_argument("--weights", type=Path, help="score these, train nothing")
    parser.add_argument("--imgsz", type=int, default=416)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cpu", help="cpu or the number of a GPU")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--score", action="append", default=[], metavar="NAME=DIR|COCO.json")
    parser.add_argument("--negatives", type=Path, help="pictures that hold no instrument")
    parser.add_argument(
        "--env", type=Path, default=Path.home() / ".cache/surgtools/peer-yolo", metavar="DIR"
    )
    return parser.parse_args()


def compare(args: argparse.Namespace) -> int:
    sets = {}
    for entry in args.score or [f"validation={args.data}"]:
        name, _, path = entry.partition("=")
        if not path:
            raise InputError(f"--score {entry}: NAME=DIR|COCO.json is expected")
        sets[name] = open_pictures(path)
    yolo = Yolo(make_environment(args.env), args)
    weights = args.weights or yolo.train()
    false = None
    if args.negatives:
        with open_negatives(args.negatives) as negatives:
            false = (negatives.image_ids, yolo.predict(weights, negatives, "negatives"))
    for name, pictures in sets.items():
        rows = yolo.predict(weights, pictures, name)
        report = evaluate(pictures.content, rows, EvaluationSettings(), false, name)
        report = {"pictures": str(pictures.folder), "source": {"weights": str(weights)}} | report
        write_json(args.out / name / "metrics.json", report, indent=1)
        write_report(args.out / name / "report.html", f"{args.model} on {name}", report)
        print(f"{name}:")
        for key, value in report["summary"].items():
            print(f"  {key:<32} {'-' if value is None else f'{value:.3f}'}")
    return 0


def make_environment(folder: Path) -> Path:
    """The ``yolo`` command of the peer's environment, which is made when it is missing."""
    command = folder / "bin/yolo"
    if not command.exists():
        print(f"making {folder} with {', '.join(PACKAGES)}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PACKAGES], check=True)
    return command


class Yolo:
    """The peer's command line, kept away from the network and from the user's settings."""

    def __init__(self, command: Path, args: argparse.Namespace) -> None:
        self.command, self.args = command, args
        self.folder = args.out.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)

    def train(self) -> Path:
        """Convert the data, train for the given time, return the best weights."""
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        convert(self.args.data, data, "coco", "yolo", Options())
        start = time.perf_counter()
        self._run(
            "train",
            f"model={self.args.model}",
            f"data={data / 'data.yaml'}",
            f"time={self.args.hours}",
            f"batch={self.args.batch}",
            f"workers={self.args.workers}",
            *("pretrained=False", "amp=False", "plots=False", "patience=100000", "name=train"),
        )
        print(f"trained for {(time.perf_counter() - start) / 60:.1f} minutes")
        weights = self.folder / "weights.pt"
        shutil.copy(self.folder / "runs/train/weights/best.pt", weights)
        return weights

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
        size = (f"imgsz={self.args.imgsz}", f"device={self.args.device}")
        environment = os.environ | {
            "YOLO_CONFIG_DIR": str(self.folder / "config"),
            "YOLO_OFFLINE": "true",
            "PYTHONPATH": "",
        }
        done = subprocess.run(
            [str(self.command), "pose", mode, *settings, *size, *where],
            cwd=self.folder,
            env=environment,
        )
        if done.returncode:
            raise InputError(f"`yolo pose {mode}` ended with {done.returncode}; see its output")


if __name__ == "__main__":
    sys.exit(main())
