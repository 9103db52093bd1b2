"""Adapt to a folder of real photographs or video, and score both pairs with ``surgtools test``.

    python benchmarks/adaptation_before_after.py OUT --frames PHOTOS [CLIP.mp4 ...] \\
        --source DIR --labelled DIR|COCO.json --negatives DIR \\
        [--pair DET.py DET.pth POSE.py POSE.pth] [--teacher ...] [--seeds 1]

The labelled set and the negatives are scored on and nothing else; no frame is picked by hand. A
killed run goes on when the same command is given again. Options after ``--`` go to
``surgtools adapt``.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from adaptation_cells import Cells, adaptation_cost  # noqa: E402
from adaptation_scores import mean_and_spread  # noqa: E402

from surgtools.adaptation.settings import AdaptSettings  # noqa: E402
from surgtools.files import read_json  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.sources import find_sources  # noqa: E402


def surgtools(*arguments: str) -> int:
    """Run a command in a process of its own, as a user would."""
    command = [sys.executable, "-m", "surgtools", *arguments]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode


def flags(pair: Models) -> list[str]:
    """The pair as arguments of ``surgtools adapt``."""
    names = ("--det-model", "--det-weights", "--pose2d", "--pose2d-weights")
    return [text for item in zip(names, pair.to_dict().values(), strict=True) for text in item]


def test_summary(pair: Models, folder: Path, args: argparse.Namespace) -> dict:
    """``summary`` of ``surgtools test``.

    Raises:
        SystemExit: the test was refused; its line has been printed.
    """
    command = ["test", str(pair.pose2d), str(pair.pose2d_weights), "--data", str(args.labelled)]
    command += ["--detector", str(pair.det_model), str(pair.det_weights)]
    command += ["--work-dir", str(folder), "--bootstrap", "0"]
    command += ["--negatives", str(args.negatives)] if args.negatives else []
    if code := surgtools(*command):
        sys.exit(code)
    return read_json(folder / "metrics.json")["summary"]


def adapted_cell(args: argparse.Namespace, seed: int, pair: Models) -> dict:
    """Adapt, then test what came out; a refused run leaves the pair as it is."""
    out = args.out / f"adapted_{seed}"
    command = ["adapt", *map(str, args.frames), "--out", str(out), "--source", str(args.source)]
    if args.teacher:
        command += flags(Models(*args.teacher)) + ["--student", *pair.to_dict().values()]
    else:
        command += flags(pair)
    code = surgtools(*command, "--seed", str(seed), *args.rest)
    learnt = (out / "work/reference.json").exists()
    if code not in (0, 1, 2) or (code == 2 and not learnt):  # not the frames are to blame
        sys.exit(code)
    if code == 2:
        return {"outcome": ["refused"], **test_summary(pair, args.out / f"test_{seed}", args)}
    facts = read_json(out / "adapt.json")
    outcome = [f"{s['role']}: {s['accepted']}: {s['reason']}" for s in facts["stages"]]
    after = test_summary(Models.in_folder(out), args.out / f"test_{seed}", args)
    return {"outcome": outcome, **after}


def main() -> None:
    """Score the start, adapt and score every seed, print the table after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", nargs="+", required=True, help="unlabelled folders, videos")
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--negatives", type=Path)
    parser.add_argument("--pair", nargs=4, type=Path, help="DET.py DET.pth POSE.py POSE.pth")
    parser.add_argument(
        "--teacher", nargs=4, type=Path, help="another pair that labels, the same way"
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0, help="to share seeds among machines")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    args = parser.parse_args(sys.argv[1:split])
    args.rest = sys.argv[split + 1 :]
    pair = Models(*args.pair) if args.pair else Models.find("accurate")
    found = find_sources(args.frames, lambda problem: None)
    most = AdaptSettings().max_frames
    frames = most if any(source.kind == "video" for source in found) else min(most, len(found))
    cost = adaptation_cost(AdaptSettings(), frames)
    print(f"about {cost / 60:.0f} core-minutes per seed for {frames} frames", flush=True)
    facts = {k: v for k, v in vars(args).items() if k not in ("out", "seeds", "first_seed")}
    if not args.teacher:
        del facts["teacher"]
    cells = Cells(args.out, facts)
    before = cells.keep("before", lambda: test_summary(pair, args.out / "test_before", args))
    rows: list[dict] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        rows.append(cells.keep(f"adapted_{seed}", lambda s=seed: adapted_cell(args, s, pair)))
        print(f"seed {seed}: {'; '.join(rows[-1]['outcome'])}")
        print(f"{'':32}{'before':>10}{'after':>18}")
        for name, value in before.items():
            after = mean_and_spread([row[name] for row in rows])
            print(f"{name:32}{value if value is None else round(value, 3)!s:>10}{after:>18}")


if __name__ == "__main__":
    main()
