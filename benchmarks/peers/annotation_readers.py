"""Let other tools read what ``surgtools data convert`` writes, in an environment of their own.

A COCO keypoint file is converted to YOLO-pose and to both CVAT formats; the YOLO folder goes
through the data set check of Ultralytics, whose labels are compared with ours, and the CVAT files
through datumaro, whose points are counted. Neither is a dependency of surgtools.

    python benchmarks/peers/annotation_readers.py train/coco_keypoints.json

Exit code 0 when all agree, 1 otherwise.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from surgtools.annotations.convert import Options, convert  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json  # noqa: E402

PACKAGES = ("ultralytics==8.4.190", "opencv-python-headless", "datumaro==1.13.12")

YOLO = """
import json, sys
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset
info = check_det_dataset(sys.argv[1], autodownload=False)
data = YOLODataset(img_path=info["train"], data=info, task="pose", augment=False)
rows = {}
for label in data.labels:
    height, width = label["shape"]
    points = label["keypoints"] * [width, height, 1]
    rows[label["im_file"]] = [label["cls"].ravel().tolist(), points.tolist()]
print(json.dumps(rows))
"""

CVAT = """
import json, sys
import datumaro
data = datumaro.Dataset.import_from(sys.argv[1], "cvat")
shapes = [shape for item in data for shape in item.annotations]
points = [s for s in shapes if type(s).__name__ == "Points"]
seen = [s for s in points if not s.attributes.get("outside")]
print(json.dumps([len(data), len(seen)]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="COCO keypoint file, its pictures in images/")
    parser.add_argument("--peer-python", help="python that has the packages; else one is made")
    args = parser.parse_args()
    try:
        return compare(args.file, args.peer_python)
    except InputError as error:
        print(f"annotation_readers: {error}", file=sys.stderr)
        return 2


def compare(file: Path, peer_python: str | None) -> int:
    """Convert, let the peers read, compare; prints one line each."""
    content = read_json(file)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        train = folder / "train"
        train.mkdir()
        (train / "images").symlink_to((file.parent / "images").resolve())
        (train / file.name).symlink_to(file.resolve())
        for name in ("yolo", "cvat-images", "cvat-video"):
            convert(train / file.name, folder / name, "coco", name, Options())
        python = peer_python or make_environment(folder / "environment")
        good = [compare_yolo(python, folder, content), compare_cvat(python, folder, content)]
    return 0 if all(good) else 1


def compare_yolo(python: str, folder: Path, content: dict) -> bool:
    """Whether the labels Ultralytics loads are ours."""
    rows = ask(python, YOLO, folder / "yolo/data.yaml")
    loaded = {str(Path(k).relative_to(folder / "yolo/images/train")): v for k, v in rows.items()}
    worst, count = 0.0, 0
    for image in content["images"]:
        own = [a for a in content["annotations"] if a["image_id"] == image["id"]]
        classes, keypoints = loaded[image["file_name"]]
        if [int(c) + 1 for c in classes] != [a["category_id"] for a in own]:
            print(f"ultralytics: classes of {image['file_name']} differ: {classes}")
            return False
        for annotation, points in zip(own, keypoints, strict=True):
            flat = [value for point in points for value in point]
            differences = zip(flat, annotation["keypoints"], strict=False)
            worst = max(worst, *(abs(a - b) for a, b in differences))
            count += 1
    print(f"ultralytics: {len(loaded)} pictures, {count} instances, at most {worst:.1e} px apart")
    return worst < 1e-3 and count == len(content["annotations"])


def compare_cvat(python: str, folder: Path, content: dict) -> bool:
    """Whether datumaro sees every labelled keypoint in every picture."""
    labelled = sum(v > 0 for a in content["annotations"] for v in a["keypoints"][2::3])
    keypoints = sum(len(a["keypoints"]) // 3 for a in content["annotations"])
    images, points = ask(python, CVAT, folder / "cvat-images")
    print(f"datumaro, cvat-images: {images} pictures, {points} points of {keypoints}")
    good = (images, points) == (len(content["images"]), keypoints)
    videos = [ask(python, CVAT, file) for file in sorted((folder / "cvat-video").rglob("*.xml"))]
    images, points = (sum(column) for column in zip(*videos, strict=True))
    print(f"datumaro, cvat-video: {images} frames, {points} points of {labelled} labelled")
    return good and points == labelled


def ask(python: str, code: str, argument: Path) -> list | dict:
    """Run code in the peers' environment; its last line is JSON."""
    command = [python, "-c", code, str(argument)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=argument.parent)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"{argument}: the peer cannot read it ({reason})")
    return json.loads(done.stdout.strip().splitlines()[-1])


def make_environment(folder: Path) -> str:
    """A fresh environment with the peers; returns its python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin/python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
