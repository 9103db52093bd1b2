"""One table of several pairs on all real scenes, as `predict` runs them.

python benchmarks/scene_table.py ../shared/real general accurate --out OUT [--zoom 2] \\
    [--one-view] [--scenes theatre suturing] [--every 2]

What is in OUT is not looked at again, so that a stopped run goes on; choose another OUT for other
weights. Scenes with labels are scored by the scripts beside them: at 0.35, average precision from
0.05 on; keypoints also in the boxes of the ground truth. Scenes without an instrument are counted.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
from real_scenes import EVERY, SCENES, entry, require_scenes  # noqa: E402

from surgtools.evaluation.settings import SCORE_THR  # noqa: E402

LABELLED = ("theatre", "tabletop")
LOWEST = 0.05


def main() -> None:
    """Look where nothing is stored yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path, help="folder of the scenes")
    parser.add_argument("pairs", nargs="+", help="as --models takes them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", nargs="*", default=list(SCENES), choices=list(SCENES))
    parser.add_argument("--zoom", default="off", help="auto, off or a number of tiles")
    parser.add_argument("--one-view", action="store_true", help="instead of four")
    parser.add_argument(
        "--every", type=int, default=1, help="take every so many pictures where none has labels"
    )
    args = parser.parse_args()
    require_scenes(parser, args.real, args.scenes)
    rows = {
        pair: {scene: result_of(args, pair, scene) for scene in args.scenes} for pair in args.pairs
    }
    print(f"| | {' | '.join(args.pairs)} |\n|{'---|' * (1 + len(args.pairs))}")
    for scene in args.scenes:
        for name in rows[args.pairs[0]][scene]:
            values = " | ".join(str(rows[pair][scene].get(name)) for pair in args.pairs)
            print(f"| {scene}: {name} | {values} |")


def result_of(args: argparse.Namespace, pair: str, scene: str) -> dict:
    """The stored result of a pair on a scene, or a new one."""
    folder = args.out / Path(pair).name / scene
    stored = folder / "result.json"
    if not stored.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        stored.write_text(json.dumps(look(args, pair, scene, folder)))
        print(f"{pair}, {scene}: {stored}", file=sys.stderr, flush=True)
    return json.loads(stored.read_text())


def look(args: argparse.Namespace, pair: str, scene: str, folder: Path) -> dict:
    """Show the pictures of a scene to a pair, and score what it finds."""
    from surgtools.images import read_image
    from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
    from surgtools.prediction.models import Models
    from surgtools.prediction.predictor import Predictor
    from surgtools.prediction.thresholds import Thresholds

    labelled = scene in LABELLED
    zoom = int(args.zoom) if args.zoom.isdecimal() else args.zoom
    thresholds = Thresholds(LOWEST if labelled else SCORE_THR)
    predictor = Predictor.open(Models.find(pair), None, thresholds, zoom=zoom)
    views = ONE_VIEW if args.one_view else FOUR_VIEWS
    paths = sorted((args.real / SCENES[scene][0]).iterdir())
    paths = paths[:: EVERY.get(scene, 1)]
    if scene in ("negatives", "backgrounds"):
        paths = paths[:: args.every]
    entries, start = [], time.process_time()
    for path in paths:
        (found,) = predictor.find([read_image(path)], views=views)
        entries.append({"image": path.name, "instances": [entry(i) for i in found]})
    seconds = (time.process_time() - start) / len(paths)
    write(folder / "predictions.json", entries)
    result = {"pictures": len(paths), "core seconds a picture": round(seconds, 2)}
    if scene in ("simulator", "suturing"):
        (line,) = run_script(args.real, scene, folder / "predictions.json").splitlines()[-1:]
        return result | {"script": line}
    if not labelled:
        counts = [len(row["instances"]) for row in entries]
        return result | {
            "share with a false instrument": round(float(np.mean(np.array(counts) > 0)), 3),
            "false a picture": round(float(np.mean(counts)), 3),
        }
    truth = json.loads((args.real / SCENES[scene][2]).read_text())
    in_true = [in_true_boxes(predictor, truth, path, read_image(path)) for path in paths]
    write(folder / "in_true_boxes.json", in_true)
    found = json.loads(run_script(args.real, scene, folder / "predictions.json"))
    given = json.loads(run_script(args.real, scene, folder / "in_true_boxes.json"))
    result |= {key: value for key, value in found.items() if not isinstance(value, list)}
    return result | {
        f"in true boxes: {key}": given[key]
        for key in given
        if key.startswith(("keypoints/", "PCK"))
    }


def in_true_boxes(predictor, truth: dict, path: Path, image: np.ndarray) -> dict:
    """The entry of what the pose model says in the labelled boxes of a picture, one view."""
    from surgtools.boxes import xywh_to_xyxy
    from surgtools.prediction.estimators import Boxes

    (own,) = (row["id"] for row in truth["images"] if Path(row["file_name"]).name == path.name)
    labels = [row for row in truth["annotations"] if row["image_id"] == own]
    labels = [row for row in labels if not row.get("iscrowd")]
    boxes = Boxes(
        xywh_to_xyxy(np.array([row["bbox"] for row in labels], np.float32).reshape(-1, 4)),
        np.ones(len(labels), np.float32),
        np.array([row["category_id"] for row in labels], int),
    )
    instances = predictor.predict_views([image], [[boxes]])[0][0]
    return {"image": path.name, "instances": [entry(i) for i in instances]}


def run_script(real: Path, scene: str, predictions: Path) -> str:
    """What the script beside a scene prints."""
    _, script, truth = SCENES[scene]
    command = [sys.executable, real / script, real / truth, predictions, "--thr", SCORE_THR]
    run = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{script} on {predictions}: {run.stderr.strip().splitlines()[-1]}")
    return run.stdout


def write(path: Path, entries: list[dict]) -> None:
    """A predictions file."""
    path.write_text(json.dumps({"instance_info": entries}))


if __name__ == "__main__":
    main()
