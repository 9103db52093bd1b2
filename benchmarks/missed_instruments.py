"""Say of every labelled instrument of the real scenes how far a pair came with it.

python benchmarks/missed_instruments.py ../shared/real general [--scenes theatre suturing] \\
    [--rows FILE.csv]

One view. A candidate is a box that the detectors propose, with the keypoints that the pose model
puts into it. It belongs to an instrument where its tips lie near the labelled ones, either way
round: within a tenth of the labelled instrument's box, in suturing, where there is none, within
100 pixels at the mean, as the script beside the frames has it. An instrument is

- found: reported, in its category;
- crowded out: a candidate of its category scores enough, but something else is reported there;
- refused: the best candidate of its category scores too low, since box or presence is unsure;
- misnamed: all its candidates are of another category;
- not proposed: it has no candidate.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
from real_scenes import SCENES, require_scenes  # noqa: E402

from surgtools.evaluation.settings import SCORE_THR  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

LABELLED = ("theatre", "suturing", "tabletop")
STATES = ("found", "crowded out", "refused", "misnamed", "not proposed")
NEAR_PX, NEAR_SHARE = 100.0, 0.1


class Labelled(NamedTuple):
    """An instrument: category, (2, 2) tips, and how far off, in pixels, tips may be."""

    category_id: int
    tips: np.ndarray
    reach: float


def main() -> None:
    """Look, then print a row for every scene and category."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path, help="folder of the scenes")
    parser.add_argument("models", help="as --models takes them")
    parser.add_argument("--scenes", nargs="*", default=list(LABELLED), choices=list(LABELLED))
    parser.add_argument("--rows", type=Path, help="CSV with a line for every instrument")
    args = parser.parse_args()
    require_scenes(parser, args.real, args.scenes)
    rows = [row for scene in args.scenes for row in look(args.real, args.models, scene)]
    if args.rows:
        with args.rows.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    print(f"| scene | category | instruments | {' | '.join(STATES)} |")
    print("|---" * (3 + len(STATES)) + "|")
    for scene, category in dict.fromkeys((row["scene"], row["category"]) for row in rows):
        own = [
            row["state"] for row in rows if (row["scene"], row["category"]) == (scene, category)
        ]
        counts = Counter(own)
        cells = " | ".join(str(counts[state]) for state in STATES)
        print(f"| {scene} | {category} | {len(own)} | {cells} |")


def look(real: Path, models: str, scene: str) -> Iterator[dict]:
    """A row for each instrument of a scene."""
    from surgtools.images import read_image
    from surgtools.prediction.models import Models
    from surgtools.prediction.predictor import Predictor

    predictor = Predictor.open(Models.find(models))
    folder, _, labels = SCENES[scene]
    read = points_of if scene == "suturing" else annotations_of
    truth = read(json.loads((real / labels).read_text()))
    for path in sorted((real / folder).iterdir()):
        image = read_image(path)
        (boxes,) = predictor.detect([image])
        (candidates,) = predictor.predict_view([image], [boxes])
        (reported,) = predictor.report([candidates])
        reported = predictor.confirmed(image, boxes, reported)
        for labelled in truth.get(path.stem, ()):
            state, best = state_of(labelled, candidates, reported)
            yield {
                "scene": scene,
                "picture": path.name,
                "category": SURGICAL.get(labelled.category_id).name,
                "state": state,
                "best score of a candidate": "" if best is None else f"{best:.3f}",
            }


def state_of(labelled: Labelled, candidates: list, reported: list) -> tuple[str, float | None]:
    """One of ``STATES``, and the score of the best candidate, of its category where one is."""
    near = [own for own in candidates if is_near(own, labelled)]
    right = [own for own in near if own.category_id == labelled.category_id]
    best = max((own.bbox_score for own in right or near), default=None)
    if any(own.category_id == labelled.category_id and is_near(own, labelled) for own in reported):
        return "found", best
    if right:
        return "crowded out" if best > SCORE_THR else "refused", best
    return ("misnamed" if near else "not proposed"), best


def is_near(instance, labelled: Labelled) -> bool:
    """Whether the tips of an instance are those of a labelled instrument, either way round."""
    category = instance.category
    tips = instance.keypoints[[category.index(name) for name in category.tips]]
    ways = (tips, tips[::-1])
    return min(np.hypot(*(way - labelled.tips).T).mean() for way in ways) <= labelled.reach


def annotations_of(content: dict) -> dict[str, list[Labelled]]:
    """Instruments with both tips labelled, by the stem of the picture."""
    stems = {image["id"]: Path(image["file_name"]).stem for image in content["images"]}
    found: dict[str, list[Labelled]] = {}
    for row in content["annotations"]:
        category = SURGICAL.get(row["category_id"])
        tips = np.reshape(row["keypoints"], (-1, 3))[[category.index(t) for t in category.tips]]
        if not row.get("iscrowd") and (tips[:, 2] > 0).all():
            reach = NEAR_SHARE * float(np.hypot(*row["bbox"][2:]))
            own = Labelled(category.id, tips[:, :2], reach)
            found.setdefault(stems[row["image_id"]], []).append(own)
    return found


def points_of(content: dict) -> dict[str, list[Labelled]]:
    """Instruments of suturing frames, of which three points are known: the two that lie closest
    are its tips, as in the script beside the frames.
    """
    found: dict[str, list[Labelled]] = {}
    for name, tools in content["frames"].items():
        own = found.setdefault(name.replace("_overlay.png", ""), [])
        for category in SURGICAL.categories:
            points = np.array(tools.get(category.name, ()), float)
            if len(points) == 3:
                pairs = combinations(points, 2)
                tips = min(pairs, key=lambda pair: np.hypot(*(pair[0] - pair[1])))
                own.append(Labelled(category.id, np.stack(tips), NEAR_PX))
    return found


if __name__ == "__main__":
    main()
