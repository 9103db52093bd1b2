"""YOLOv8-pose and our pair, trained alike and scored by one evaluator.

Same pictures, same machine, same time on the clock, random weights at the start (YOLO is built
from its yaml). YOLO runs in an environment of its own; nothing of it is a dependency of surgtools.

    python benchmarks/peers/yolo_pose.py --data DATASET --hours 0.5 --out work_dirs/peer --ours \\
        --score synthetic=DATASET --score real=REAL_DATASET --negatives NEGATIVES

It prints a table and leaves it as OUT/comparison.json and OUT/comparison.md, and of each model
OUT/{yolo,ours}/NAME/metrics.json (the form of `surgtools test`) and report.html. Trainings and
scores of ours that are done are kept: the same command goes on where it was stopped. Without
--ours it is the peer alone; with --weights it trains no peer.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from side_by_side import figures_of, table_lines  # noqa: E402
from timed_pair import PairSettings, TimedPair  # noqa: E402
from ultralytics_yolo import Yolo, YoloSettings, make_environment  # noqa: E402

from surgtools.errors import InputError  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.pictures import Pictures, open_negatives, open_pictures  # noqa: E402
from surgtools.evaluation.settings import SCORE_THR, EvaluationSettings  # noqa: E402
from surgtools.files import write_json, write_whole  # noqa: E402
from surgtools.reports.page import write_report  # noqa: E402


def main() -> int:
    """Environment, trainings, predictions, scores."""
    args = parse_arguments()
    try:
        return compare(args)
    except InputError as error:
        print(f"yolo_pose: {error}", file=sys.stderr)
        return 2


def parse_arguments() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with train/ and val/")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--hours", type=float, default=0.5, help="of each training (default: 0.5)")
    parser.add_argument("--ours", action="store_true", help="train and score our pair, too")
    parser.add_argument("--detector-share", type=float, default=0.5, help="of our hours")
    parser.add_argument("--model", default="yolov8s-pose.yaml")
    parser.add_argument("--weights", type=Path, help="of the peer: train none")
    parser.add_argument("--imgsz", type=int, default=416, help="side of the peer's input")
    parser.add_argument("--batch", type=int, default=16, help="of the peer")
    parser.add_argument("--device", default="cpu", help="cpu or the number of a GPU")
    parser.add_argument("--workers", type=int, default=max(1, cores // 2))
    parser.add_argument("--score", action="append", default=[], metavar="NAME=DIR|COCO.json")
    parser.add_argument("--score-thr", type=float, default=SCORE_THR)
    parser.add_argument("--negatives", type=Path, help="pictures that hold no instrument")
    parser.add_argument(
        "--env",
        type=Path,
        default=Path.home() / ".cache/surgtools/peer-yolo",
        metavar="DIR",
        help="environment of the peer; made when it has no bin/yolo",
    )
    return parser.parse_args()


def compare(args: argparse.Namespace) -> int:
    """Train and score one model after the other; the table grows with each."""
    sets = read_sets(args.score or [f"validation={args.data}"])
    comparison: dict[str, dict] = {"models": {}, "scores": {name: {} for name in sets}}
    runs = {"yolo": run_yolo, **({"ours": run_ours} if args.ours else {})}
    for name, run in runs.items():
        comparison["models"][name], reports = run(args, sets)
        for pictures, report in reports.items():
            comparison["scores"][pictures][name] = figures_of(report)
    lines = table_lines(comparison)
    write_json(args.out / "comparison.json", comparison, indent=1)
    with write_whole(args.out / "comparison.md") as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def read_sets(entries: list[str]) -> dict[str, tuple[str, Pictures]]:
    """What ``--score`` names, with the path it gives."""
    sets = {}
    for entry in entries:
        name, _, path = entry.partition("=")
        if not path:
            raise InputError(f"--score {entry}: NAME=DIR|COCO.json is expected")
        sets[name] = path, open_pictures(path)
    return sets


def run_yolo(args: argparse.Namespace, sets: dict) -> tuple[dict, dict[str, dict]]:
    """The peer's training and its report on every set."""
    settings = YoloSettings(
        args.model, args.imgsz, args.batch, args.device, args.hours, args.workers
    )
    yolo = Yolo(make_environment(args.env), args.out / "yolo", settings)
    if args.weights:
        training = {"model": args.weights.name, "weights": str(args.weights)}
    else:
        training = yolo.train(args.data)
    weights, false, reports = Path(training["weights"]), None, {}
    if args.negatives:
        with open_negatives(args.negatives) as negatives:
            false = (negatives.image_ids, yolo.predict(weights, negatives, "negatives"))
    for name, (_, pictures) in sets.items():
        rows = yolo.predict(weights, pictures, name)
        settings = EvaluationSettings(score_thr=args.score_thr)
        report = evaluate(pictures.content, rows, settings, false, name)
        report = {"pictures": str(pictures.folder), "source": {"weights": str(weights)}} | report
        folder = args.out / "yolo" / name
        write_json(folder / "metrics.json", report, indent=1)
        write_report(folder / "report.html", f"{args.model} on {name}", report)
        reports[name] = report
    return training, reports


def run_ours(args: argparse.Namespace, sets: dict) -> tuple[dict, dict[str, dict]]:
    """Our training and our report on every set."""
    settings = PairSettings(args.device, args.hours, args.detector_share, args.workers)
    pair = TimedPair(args.out / "ours", settings)
    training = pair.train(args.data)
    reports = {}
    for name, (path, _) in sets.items():
        folder = args.out / "ours" / name
        reports[name] = pair.score(
            training["weights"], path, args.negatives, args.score_thr, folder
        )
    return training, reports


if __name__ == "__main__":
    sys.exit(main())
