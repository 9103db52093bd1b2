"""``surgtools test``: score a detector, a pose network or both, or anyone's predictions."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from surgtools.cli.data_arguments import add_dataset
from surgtools.cli.host_arguments import add_host_arguments
from surgtools.cli.model_arguments import add_model_arguments
from surgtools.cli.passed_over import tell_passed_over
from surgtools.cli.programs import tell_programs
from surgtools.cli.ranges import real, whole
from surgtools.cli.running_arguments import add_device, add_zoom
from surgtools.cli.scoring_arguments import check_arguments, metrics_file, names_pair, subject
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.evaluation.settings import SCORE_THR

FORMATS = ("coco", "yolo", "mmpose")
RANKINGS = ("given", "bbox", "bbox_keypoint")
DET_THR = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the hosts' ``tools/test.py``, then our own."""
    parser.add_argument(
        "config",
        nargs="?",
        metavar="CONFIG",
        help="one network alone, run by the hosts' test loop: config, alias or work folder; a "
        "pair is named below",
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        metavar="CHECKPOINT",
        help="weights of the network (.pth); leave it out where CONFIG is an alias or a work "
        "folder",
    )
    add_model_arguments(
        parser, "both networks, run as predict runs them (none of these: one network alone)"
    )
    parser.add_argument(
        "--detector",
        nargs=2,
        metavar=("CONFIG", "WEIGHTS"),
        help="the same as --det-model CONFIG --det-weights WEIGHTS",
    )
    add_device(parser)

    data = parser.add_argument_group("what to score on")
    add_dataset(
        data, "dataset folder or label file (default: the test data of CONFIG)", "DIR|COCO.json"
    )
    data.add_argument(
        "--split", metavar="NAME", default="val", help="part of a dataset folder to score on"
    )
    add_taxonomy(data)
    data.add_argument(
        "--negatives",
        metavar="DIR",
        help="pictures that hold no instrument: how many show a false one; with --predictions "
        "only for --format yolo or mmpose, which name pictures",
    )

    other = parser.add_argument_group("results of other tools, instead of a network")
    other.add_argument("--predictions", metavar="FILE|DIR", help="score these predictions")
    other.add_argument("--format", choices=FORMATS, help="how they are written")
    other.add_argument(
        "--ranking",
        choices=RANKINGS,
        default="given",
        help="score that ranks their instances: as written, of the box, or of box and keypoints",
    )

    scoring = parser.add_argument_group("scoring")
    scoring.add_argument(
        "--score-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        default=SCORE_THR,
        help="from this score on an instrument counts as reported: for recall, false "
        "instruments, errors and PCK",
    )
    scoring.add_argument(
        "--det-thr",
        type=real("[0, 1]"),
        metavar="SCORE",
        help="lowest score of instances of a pair that are scored at all, as --bbox-thr of "
        f"predict (default: {DET_THR})",
    )
    scoring.add_argument(
        "--tta",
        action=argparse.BooleanOptionalAction,
        help="let a pair look at every picture in four views, as predict does, for four times the "
        "time (default: yes, unless the pair gains nothing by it)",
    )
    add_zoom(scoring)
    scoring.add_argument(
        "--either-side",
        action=argparse.BooleanOptionalAction,
        help="let left and right be exchanged where the labels say certain_left_right: false "
        "(default: yes if they have that field)",
    )
    scoring.add_argument(
        "--bootstrap",
        type=whole("[0, inf)"),
        metavar="N",
        default=500,
        help="samples for 95 %% intervals; 0 leaves the intervals out",
    )

    output = parser.add_argument_group("output")
    output.add_argument(
        "--out",
        metavar="FILE",
        help="metrics file to write (default: metrics.json in the work folder)",
    )
    output.add_argument(
        "--dump",
        metavar="FILE",
        help="write the predictions, too: .pkl as the hosts do, .json as COCO results",
    )
    output.add_argument(
        "--show-dir", metavar="DIR", help="folder for the hosts' drawings of the predictions"
    )
    add_host_arguments(parser, "metrics.json, report.html and logs")


def run(args: argparse.Namespace) -> int:
    """Score, print, write; errors of the user end with one line before anything is written."""
    tell_programs(args)
    tell_passed_over([args.negatives], "test")
    check_arguments(args)
    report = _score_file(args) if args.predictions else _score_networks(args)
    if report is not None:
        _publish(report, args)
    return 0


def _score_file(args: argparse.Namespace) -> dict:
    from surgtools.evaluation.evaluator import evaluate
    from surgtools.evaluation.pictures import open_pictures

    pictures = open_pictures(args.data, args.split, need_files=False, taxonomy=args.taxonomy)
    rows, negatives, notes = _read_predictions(args, pictures)
    settings = replace(_settings(args), taxonomy=pictures.taxonomy)
    report = evaluate(pictures.content, rows, settings, negatives, args.predictions)
    report["notes"] += notes
    if not pictures.on_disk:
        report["notes"].append(
            f"the pictures of {pictures.ann_file} are not in {pictures.folder}, so the report "
            "shows no worst pictures"
        )
    return {
        "source": {
            "predictions": args.predictions,
            "data": str(pictures.ann_file),
            "negatives": str(Path(args.negatives).resolve()) if args.negatives else None,
        },
        "pictures": str(pictures.folder),
        **report,
    }


def _read_predictions(args: argparse.Namespace, pictures):
    """COCO results on the pictures, ids of the negatives and results on them, notes."""
    from surgtools.evaluation.pictures import open_negatives
    from surgtools.evaluation.readers import read_results
    from surgtools.evaluation.readers.negatives import read_with_negatives

    what = (args.predictions, args.format)
    if not args.negatives:
        rows, notes = read_results(*what, pictures.content, args.ranking, pictures.taxonomy)
        return rows, None, notes
    with open_negatives(args.negatives) as negatives:
        rows, found, notes = read_with_negatives(
            *what, pictures, negatives, args.ranking, pictures.taxonomy
        )
    return rows, (negatives.image_ids, found), notes


def _score_networks(args: argparse.Namespace) -> dict | None:
    args.det_thr = DET_THR if args.det_thr is None else args.det_thr
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    if names_pair(args):
        from surgtools.cli.pair_runs import pair_of, run_pair

        return run_pair(args, pair_of(args), _settings(args))
    import surgtools.register  # noqa: F401
    from surgtools.cli.network_runs import run_alone

    return run_alone(args, _settings(args))


def _settings(args: argparse.Namespace):
    from surgtools.evaluation.settings import EvaluationSettings

    return EvaluationSettings(
        score_thr=args.score_thr, either_side=args.either_side, bootstrap=args.bootstrap
    )


def _publish(report: dict, args: argparse.Namespace) -> None:
    from rich.console import Console

    from surgtools.files import write_json
    from surgtools.reports.page import write_report
    from surgtools.reports.tables import SECTIONS, fact_lines, keypoint_table, score_table

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=120)
    console.print(score_table(report))
    pck = f"PCK@{report['settings']['pck_threshold']:g}"
    last = [key for key in SECTIONS if key.startswith("keypoints") and key in report][-1:]
    for key in last:
        console.print(keypoint_table(report[key], SECTIONS[key], pck))
    for line in fact_lines(report):
        console.print(line, highlight=False, soft_wrap=True)
    out = metrics_file(args)
    if out:
        write_json(out, report, indent=1)
        page = out.with_name("report.html") if out.stem == "metrics" else out.with_suffix(".html")
        write_report(page, f"Test of {_subject(args)}", metrics=report, facts=report.get("facts"))
        console.print(f"metrics: {out}\nreport:  {page}", highlight=False, soft_wrap=True)


def _subject(args: argparse.Namespace) -> str:
    return Path(args.predictions or subject(args)).name
