"""Inject faults into adaptation and count which runs are refused, rolled back or accepted.

Drawn domains with known truth (``drawn_domains.py``), real networks, the real command's code. A
fault sits in the teacher alone: guards and thresholds always ask the honest networks. For every
run the table says what happened, the true keypoint AP on the target before and after, and the
precision of the accepted labels against the truth and against the run's own prediction.

    python benchmarks/adaptation_faults.py OUT [--seeds 4] [--faults none shuffled ...]

At the end a second table shows for every gate how far it was from its limit in harmless and in
harmful runs: what the limits are worth, and which of them could be tighter.

It is unattended and restartable: domains, starting networks and finished runs are reused. 28 runs
take some hours on 4 cores; processes with other --first-seed can share a folder once the starting
networks are there.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from adaptation_cells import (  # noqa: E402
    TOY_CONFIGS,
    TOY_SHARE,
    Cells,
    adaptation_cost,
    reuse,
    training_cost,
)
from adaptation_scores import score_pair  # noqa: E402
from drawn_domains import write_domains  # noqa: E402
from faulty_teacher import FAULTS, FaultyProposer  # noqa: E402

from surgtools.adaptation.frames.pool import FramePool  # noqa: E402
from surgtools.adaptation.known_truth import find_correct  # noqa: E402
from surgtools.adaptation.labels.proposals import propose  # noqa: E402
from surgtools.adaptation.run import Adaptation  # noqa: E402
from surgtools.adaptation.settings import AdaptSettings, StageSettings  # noqa: E402
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.results import Instance  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402
from surgtools.training.run import train  # noqa: E402

PICTURE = np.zeros((1, 1, 3), np.uint8)
"""Shown to a proposer that knows its answer."""


def train_start(out: Path, epochs: int) -> Models:
    """Networks that know the source only; reused when they are there."""
    files = []
    for role in ("detector", "pose"):
        config = TOY_CONFIGS / f"{role}.py"
        work_dir = out / f"start_{role}"
        weights = work_dir / f"epoch_{epochs}.pth"
        if not weights.exists():
            settings = load_config(config, data_root=out / "domains/source")
            train(settings, work_dir, resume="auto", validate=False, epochs=epochs, seed=0)
        files += [config, weights]
    return Models(*files)


def true_precision(round_file: Path, pool: FramePool, truth: dict) -> float | None:
    """Share of a round's labels that are right, as the precision that is predicted means it.

    That one is fitted to ``find_correct``: same category, box IoU of 0.5 or more, a mean keypoint
    error of at most 5 % of the true box diagonal, and every annotation makes one label right, the
    surest. Here it is asked of labels, as they lie in the file: the error is the mean over the
    keypoints that both the label keeps and the truth marks (v > 0). Those that a hard label drops
    as doubtful are not in the file, although the predicted precision counts them; a label that
    shares no keypoint with the truth is judged by category and box. Crowds, which nobody learns,
    are left out.

    Args:
        round_file: JSON of a round.
        pool: the frames it labels; their sources are named as the pictures of the truth.
        truth: COCO content.

    Returns:
        None without labels.
    """
    names = {image["id"]: image["file_name"] for image in truth["images"]}
    by_name: dict[str, list[dict]] = {}
    for row in truth["annotations"]:
        by_name.setdefault(names[row["image_id"]], []).append(row)
    sources = {frame.file_name: Path(frame.source).name for frame in pool.frames}
    content = read_json(round_file)
    files = {image["id"]: sources[image["file_name"]] for image in content["images"]}
    labels = [row for row in content["annotations"] if not row.get("iscrowd")]
    right = 0
    for row in sorted(labels, key=lambda row: -row["score"]):
        free = by_name.get(files[row["image_id"]], [])
        found = next((n for n, other in enumerate(free) if _is_right(row, other)), None)
        if found is not None:
            del free[found]
            right += 1
    return right / len(labels) if labels else None


class _Knows:
    """A pair of networks that finds one instrument, whatever it is shown."""

    taxonomy = SURGICAL

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def predict_views(self, images, boxes=None, views=()):
        """See ``Predictor.predict_views``."""
        return [[[self.instance]] for _ in images]


def _is_right(label: dict, truth: dict) -> bool:
    """``find_correct`` of one label and one annotation, on the keypoints both have."""
    found, wanted = (np.reshape(row["keypoints"], (-1, 3)) for row in (label, truth))
    if label["category_id"] != truth["category_id"]:
        return False
    x, y, width, height = label["bbox"]
    instance = Instance(
        category_id=label["category_id"],
        bbox=np.array([x, y, x + width, y + height]),
        bbox_score=label["score"],
        keypoints=found[:, :2],
        keypoint_scores=np.ones(len(found)),
        keypoint_visible=np.ones(len(found)),
    )
    proposal = propose(lambda index: PICTURE, [0], _Knows(instance), views=())
    known = np.column_stack([wanted[:, :2], np.where(found[:, 2] > 0, wanted[:, 2], 0)])
    return bool(find_correct(proposal, {0: [truth | {"keypoints": known.ravel()}]})[0])


def run_one(args: argparse.Namespace, pair: Models, fault: str, seed: int) -> dict:
    """One adaptation with one fault."""
    FaultyProposer.fault = fault
    settings, folder = adapt_settings(args, seed), args.out / f"{fault}_{seed}"
    domains = args.out / "domains"
    pictures = domains / ("background" if fault == "no_instruments" else "target") / "train"
    row = {"fault": fault, "seed": seed, "gates": []}
    reuse(args.out / f"none_{seed}", folder, same_frames=fault != "no_instruments")
    run = Adaptation([str(pictures / "images")], folder, domains / "source", pair, settings)
    try:
        result = run.run()
    except InputError as error:
        return row | {"outcome": "refused", "reason": str(error)}
    truth = load_coco(pictures / "coco_keypoints.json")
    for stage in result.stages:
        row["gates"] += [gate.to_dict() for gate in stage.gates]
        row["gates"] += [gate for facts in stage.rounds for gate in facts["gates"]]
    rounds = sorted((folder / "work").glob("*/pseudo_labels/round_*.json"))
    return row | {
        "outcome": "accepted" if result.accepted else "rolled back",
        "reason": "; ".join(f"{stage.role}: {stage.reason}" for stage in result.stages),
        "after": score_pair(result.pair, domains / "target"),
        "predicted_precision": result.reference["predicted_precision"],
        "true_precision": true_precision(folder / "work/reference.json", result.pool, truth),
        "round_precision": {
            f"{path.parts[-3]} {path.stem}": true_precision(path, result.pool, truth)
            for path in rounds
        },
    }


def adapt_settings(args: argparse.Namespace, seed: int) -> AdaptSettings:
    """A short adaptation that still has two rounds."""
    stage = StageSettings(
        epochs=args.epochs,
        epoch_length=args.epoch_length,
        interval=-(-args.epochs // 2),
        seed=seed,
        num_workers=1,
        without=tuple(args.without),
    )
    return AdaptSettings(
        detector=stage,
        pose=stage,
        max_frames=args.frames,
        source_pictures=100,
        seed=seed,
        proposer="FaultyProposer",
    )


def gate_table(rows: Sequence[dict]) -> list[str]:
    """How far every gate was from closing, in harmless and in harmful runs.

    The margin is the distance from the limit, positive while the gate is open. A harmless minimum
    well above 0 says that the limit could be tighter; a gate that never closes on harm is idle.
    """
    margins: dict[str, dict[bool, list[float]]] = {}
    for row in rows:
        for gate in row["gates"]:
            name = f"{gate['name']} {'at most' if gate['at_most'] else 'at least'}"
            value = np.nan if gate["value"] is None else gate["value"]
            margin = (gate["limit"] - value) * (1 if gate["at_most"] else -1)
            kinds = margins.setdefault(name, {True: [], False: []})
            kinds[row["fault"] == "none"].append(-np.inf if np.isnan(margin) else margin)
    head = ("asked", "closed", "least", "median")
    lines = [f"{'gate':52}" + "".join(f"{kind:>36}" for kind in ("harmless runs", "harmful runs"))]
    lines.append(" " * 52 + 2 * (" " * 4 + "".join(f"{name:>8}" for name in head)))
    for name, kinds in margins.items():
        line = f"{name:52}"
        for values in (np.array(kinds[True]), np.array(kinds[False])):
            least, median = (values.min(), np.median(values)) if len(values) else (np.nan, np.nan)
            line += f"    {len(values):8}{(values < 0).sum():8}{least:8.3f}{median:8.3f}"
        lines.append(line)
    return lines


def summary(rows: Sequence[dict], before: dict) -> list[str]:
    """What was stopped, what passed, and how true the accepted labels were."""
    harmful = [row for row in rows if row["fault"] != "none"]
    harmless = [row for row in rows if row["fault"] == "none"]
    passed = [row for row in harmful if row["outcome"] == "accepted"]
    stopped = len(harmful) - len(passed)
    accepted = sum(row["outcome"] == "accepted" for row in harmless)
    lines = [
        f"harmful runs stopped: {stopped} of {len(harmful)}",
        f"harmless runs accepted: {accepted} of {len(harmless)}",
    ]
    for row in (*harmless, *passed):
        if "after" in row:
            change = ", ".join(
                f"{name} {before[name]:.3f} -> {row['after'][name]:.3f}" for name in before
            )
            lines.append(
                f"{row['fault']} {row['seed']}, {row['outcome']}: {change}; precision of the "
                f"first labels {row['true_precision']}, predicted {row['predicted_precision']}"
            )
    return lines


def main() -> None:
    """Run every fault with every seed and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--epochs", type=int, default=4, help="of each adaptation stage")
    parser.add_argument("--epoch-length", type=int, default=320, help="pictures per epoch")
    parser.add_argument("--frames", type=int, default=300, help="to adapt to")
    parser.add_argument("--pictures", type=int, default=1500, help="of the source domain")
    parser.add_argument("--start-epochs", type=int, default=80, help="of the starting networks")
    parser.add_argument("--start", nargs=2, type=Path, metavar=("DET.pth", "POSE.pth"))
    parser.add_argument("--without", nargs="*", default=[], metavar="RULE", help="to leave out")
    args = parser.parse_args()
    cost = TOY_SHARE * adaptation_cost(adapt_settings(args, 0), args.frames)
    start = 0.0 if args.start else TOY_SHARE * training_cost(args.pictures, args.start_epochs, 1.0)
    count = args.seeds * len(args.faults)
    print(
        f"about {start / 60:.0f} core-minutes to start, {cost / 60:.0f} for each of {count} runs"
    )
    names = ("epochs", "epoch_length", "frames", "pictures", "start_epochs", "start", "without")
    cells = Cells(args.out, {name: getattr(args, name) for name in names})
    if not (args.out / "domains/background/train/coco_keypoints.json").exists():
        write_domains(args.out / "domains", args.pictures, args.frames)
    if args.start:
        det, pose = args.start
        pair = Models(TOY_CONFIGS / "detector.py", det, TOY_CONFIGS / "pose.py", pose)
    else:
        pair = train_start(args.out, args.start_epochs)
    before = cells.keep("before", lambda: score_pair(pair, args.out / "domains/target"))
    rows = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        for fault in args.faults:
            rows.append(
                cells.keep(
                    f"run_{fault}_{seed}", lambda f=fault, s=seed: run_one(args, pair, f, s)
                )
            )
            row = rows[-1]
            print(f"{fault} seed {seed}: {row['outcome']}: {row['reason'][:160]}", flush=True)
    print("\n".join([*gate_table(rows), *summary(rows, before)]))


if __name__ == "__main__":
    main()
