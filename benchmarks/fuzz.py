"""Feed broken input to every reader and command; nothing but success or one line may come of it.

Each case breaks a sound sample a little, in its structure or its bytes, and runs one command on
it. A fault is anything but success or an ``InputError`` of one line: a traceback, a crash, no end
after 30 s of processor time, JSON that is none, and any change outside the output folder. Cases
are numbered; seed and number make a case again:

    python benchmarks/fuzz.py --cases 10000 --seed 20
    python benchmarks/fuzz.py --cases 10000 --seed 20 --log cases.jsonl  # goes on after a stop
    python benchmarks/fuzz.py --seed 20 --case 1234 --keep /tmp/case

Exit code 0 without faults, 1 with some. The cases run in one process; when it dies, the case is a
fault and another one goes on with the next.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from case_log import open_log, read_log  # noqa: E402
from fuzzing.samples import Samples, draw_samples  # noqa: E402
from fuzzing.sandbox import PATIENCE, Outcome, Sandbox  # noqa: E402
from fuzzing.subjects import SUBJECTS  # noqa: E402
from hanging import Patience  # noqa: E402

MEMORY = 12 << 30
"""Bytes of address space: what asks for more is a fault, and no neighbor suffers."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000, help="how many [1000]")
    parser.add_argument("--first", type=int, default=0, help="number of the first [0]")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, help="kinds of input [all]")
    parser.add_argument("--case", type=int, help="run this one and print how it ended")
    parser.add_argument("--keep", type=Path, help="folder for the files of --case")
    parser.add_argument("--out", type=Path, help="JSON file for the faults")
    parser.add_argument("--log", type=Path, help="a line a case; a run that was stopped goes on")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.case is not None:
        return _show(args)
    if args.inside is not None:
        return _run_inside(args)
    rows, seconds = _supervise(args)
    _print_table(rows, seconds, args)
    if args.out:
        args.out.write_text(
            json.dumps([row for row in rows if row["verdict"] == "fault"], indent=1)
        )
    return int(any(row["verdict"] == "fault" for row in rows))


def run_case(
    number: int, seed: int, kinds: Sequence[str], samples: Samples, folder: Path
) -> tuple[str, Outcome]:
    """Make one case and run it.

    Returns:
        The kind of input, and how the case ended.
    """
    rng = np.random.default_rng([seed, number])
    shares = np.array([SUBJECTS[kind][1] for kind in kinds], dtype=float)
    kind = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]
    sandbox = Sandbox(folder)
    action = SUBJECTS[kind][0](samples, sandbox, rng)
    return kind, sandbox.run(action)


def _kinds(args: argparse.Namespace) -> list[str]:
    return args.only or list(SUBJECTS)


def _show(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary) / "case"
        kind, outcome = run_case(args.case, args.seed, _kinds(args), draw_samples(), folder)
    print(f"{kind}: {outcome.verdict} {outcome.what} after {outcome.seconds:.2f} s")
    print(outcome.detail)
    return int(outcome.verdict == "fault")


def _run_inside(args: argparse.Namespace) -> int:
    """Run cases and write a line for each: its number before, how it ended after."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    samples = draw_samples()
    with args.inside.open("a") as log, tempfile.TemporaryDirectory() as temporary:
        for number in range(args.first, args.first + args.cases):
            print(json.dumps({"begun": number}), file=log, flush=True)
            kind, outcome = run_case(
                number, args.seed, _kinds(args), samples, Path(temporary) / "case"
            )
            row = {"number": number, "kind": kind, **vars(outcome)}
            print(json.dumps(row), file=log, flush=True)
    return 0


def _supervise(args: argparse.Namespace) -> tuple[list[dict], float]:
    """All cases in one process, or in as many as die."""
    last = args.first + args.cases
    with tempfile.TemporaryDirectory() as temporary:
        log = args.log or Path(temporary) / "cases"
        open_log(log, {"seed": args.seed, "kinds": _kinds(args)})
        while (following := _following(read_log(log), args.first)) < last:
            words = ["--first", following, "--cases", last - following, "--seed", args.seed]
            only = ["--only", *args.only] if args.only else []
            with (Path(temporary) / "said").open("w+") as said:
                process = subprocess.Popen(
                    [sys.executable, __file__, *map(str, words), *only, "--inside", str(log)],
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                )
                code = _watch(process, log)
                said.seek(0)
                last_words = said.read()[-4000:]
            begun = max((row["begun"] for row in read_log(log) if "begun" in row), default=-1)
            if begun < following:
                raise RuntimeError(f"the process ended at once with {code}: {last_words}")
            if code:
                what = f"the process ended with {code}"
                died = {"number": begun, "kind": "unknown", "verdict": "fault", "what": what}
                with log.open("a") as file:
                    print(json.dumps({**died, "detail": last_words, "seconds": 0.0}), file=file)
        every = {row["number"]: row for row in read_log(log) if "verdict" in row}
        rows = [every[number] for number in range(args.first, last)]
    return rows, sum(row["seconds"] for row in rows)


def _following(rows: list[dict], first: int) -> int:
    """The first case that has not ended."""
    ended = {row["number"] for row in rows if "verdict" in row}
    return next(number for number in count(first) if number not in ended)


def _watch(process: subprocess.Popen, log: Path) -> int:
    """Wait for the end; kill a process that writes nothing and works or sleeps for too long."""
    size, patience = -1, Patience(process.pid)
    while process.poll() is None:
        time.sleep(0.2)
        now = log.stat().st_size
        if now != size:
            size = now
            patience.renew()
        elif patience.spent() > 10 * PATIENCE:
            process.kill()
    return process.wait()


def _print_table(rows: list[dict], seconds: float, args: argparse.Namespace) -> None:
    counts: dict[str, Counter] = defaultdict(Counter)
    for row in rows:
        counts[row["kind"]][row["verdict"]] += 1
    columns = ("success", "refused", "fault")
    print(f"{'input':<14}" + "".join(f"{name:>9}" for name in columns))
    for kind in sorted(counts):
        print(f"{kind:<14}" + "".join(f"{counts[kind][name]:>9}" for name in columns))
    total = sum((each for each in counts.values()), Counter())
    print(f"{'all':<14}" + "".join(f"{total[name]:>9}" for name in columns))
    print(
        f"seed {args.seed}, {len(rows)} cases in {seconds:.0f} s, {_rate(rows, seconds)} an hour"
    )
    faults: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for row in rows:
        if row["verdict"] == "fault":
            faults[row["kind"], row["what"]].append(row)
    for (kind, what), found in sorted(faults.items(), key=lambda item: -len(item[1])):
        numbers = ", ".join(str(row["number"]) for row in found[:4])
        print(f"FAULT {kind}: {what} ({len(found)} x, cases {numbers})")


def _rate(rows: list[dict], seconds: float) -> int:
    return round(3600 * len(rows) / max(seconds, 1e-9))


if __name__ == "__main__":
    sys.exit(main())
