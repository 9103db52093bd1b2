"""A one-stage student beside its teacher: speed on one picture, accuracy at falling resolution.

python benchmarks/one_stage.py --student work_dirs/student --teacher accurate \
    --data ../shared/real/tabletop --out outputs/one_stage.json

Both run in turn in one process, so that whatever else the machine does slows down both. The
picture of the speed holds three instruments. Low-resolution pictures are shrunk and enlarged
again, see `LowResolution`; the labels stay those of the full picture.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import surgtools.register  # noqa: E402, F401
from surgtools import samples  # noqa: E402
from surgtools.adaptation.low_resolution import lower_resolution  # noqa: E402
from surgtools.cli.test import DET_THR  # noqa: E402
from surgtools.evaluation.pictures import open_pictures  # noqa: E402
from surgtools.evaluation.settings import SCORE_THR, EvaluationSettings  # noqa: E402
from surgtools.evaluation.stages import evaluate_stages  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.images import read_image  # noqa: E402
from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.predictor import Predictor  # noqa: E402
from surgtools.prediction.result_rows import stage_rows  # noqa: E402
from surgtools.prediction.thresholds import Thresholds  # noqa: E402

STAGE = "keypoints_detector_boxes"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", required=True, nargs="+", help="work folders, exports")
    parser.add_argument("--teacher", default="accurate")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--factors", type=float, nargs="+", default=(1, 8, 12))
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.out.is_dir():
        parser.error(f"--out {args.out}: is a folder; name a file, such as {args.out}/table.json")
    table = {
        "speed": speed(opened(args), args.repeats),
        "keypoint AP": accuracy(opened(args, DET_THR), args),
    }
    write_json(args.out, table, indent=1)
    for what, rows in table.items():
        print(what)
        for name, row in rows.items():
            print(f"  {name}: {row}")
    return 0


def opened(args: argparse.Namespace, score_thr: float = SCORE_THR) -> dict[str, Predictor]:
    """The teacher and the students by name; below `score_thr` nothing is answered."""
    names, thresholds = (args.teacher, *args.student), Thresholds(score_thr)
    return {name: Predictor.open(Models.find(name), "cpu", thresholds) for name in names}


def views_of(predictor: Predictor):
    """As many as `predict` takes for pictures."""
    return FOUR_VIEWS if predictor.several_views else ONE_VIEW


def speed(named: dict[str, Predictor], repeats: int) -> dict:
    """Milliseconds for the sample with three instruments, in one view as video has it."""
    picture = read_image(samples.pictures()[-1])
    times: dict[str, list[float]] = {name: [] for name in named}
    counts: dict[str, int] = {}
    for repeat in range(repeats + 2):
        for name, predictor in named.items():
            start = time.perf_counter()
            counts[name] = len(predictor.find([picture])[0])
            if repeat > 1:  # the first ones warm up
                times[name].append(1e3 * (time.perf_counter() - start))
    return {
        name: {
            "median ms": round(statistics.median(own), 1),
            "runs": len(own),
            "instruments": counts[name],
        }
        for name, own in times.items()
    }


def accuracy(named: dict[str, Predictor], args: argparse.Namespace) -> dict:
    """Keypoint AP in its own boxes, for every network and factor."""
    pictures = open_pictures(args.data, args.split)
    settings = EvaluationSettings(bootstrap=0, taxonomy=pictures.taxonomy)
    found: dict = {}
    for name, predictor in named.items():
        for factor in args.factors:
            rows = stage_rows(
                predictor,
                pictures.content,
                lambda image, factor=factor: lower_resolution(
                    read_image(pictures.path_of(image)), factor
                ),
                views_of(predictor),
                False,
                lambda done: None,
            )
            report = evaluate_stages(pictures.content, settings, **{STAGE: rows[STAGE]})
            own = report[STAGE]
            found.setdefault(name, {})[f"1/{factor:g}"] = {
                "AP": own["AP"],
                **{category: part["AP"] for category, part in own["categories"].items()},
            }
    return found


if __name__ == "__main__":
    sys.exit(main())
