"""Disturb commands at random, then run them again: nothing may be lost.

Every case runs a command into a fresh folder, with one trouble: SIGKILL at a random moment, a full
disk, a read-only folder, no file handles, little memory, a small ``/dev/shm``. Then the trouble is
gone and the same command runs again. It must leave what an undisturbed run leaves, or say in one
line what to do. Seed and number make a case again:

    python benchmarks/crashes.py --cases 100 --seed 20
    python benchmarks/crashes.py --only merge split --cases 40 --log cases.jsonl
    python benchmarks/crashes.py --table cases.jsonl more.jsonl

A run that was stopped goes on with the same ``--log``; ``--data`` keeps what is drawn and trained.
Exit code 0 when nothing was lost. Troubles that need the right to mount are left out without it.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from case_log import open_log, read_log  # noqa: E402
from crashing.jobs import JOBS, prepare  # noqa: E402
from crashing.troubles import (  # noqa: E402
    TROUBLES,
    Calm,
    Ending,
    may_mount,
    measure_calm,
    start,
    take_away,
)

VERDICTS = ("same", "said", "lost")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=100, help="how many [100]")
    parser.add_argument("--first", type=int, default=0, help="number of the first [0]")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS), help="commands")
    parser.add_argument("--troubles", nargs="+", choices=TROUBLES, help="what happens [all]")
    parser.add_argument("--log", type=Path, help="a line a case; a run that was stopped goes on")
    parser.add_argument("--data", type=Path, help="folder for what is drawn, to use it again")
    parser.add_argument("--table", type=Path, nargs="+", help="only print what these logs hold")
    args = parser.parse_args(argv)
    rows = [row for log in args.table or () for row in _read(log)]
    if not args.table:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            rows = _run(args, args.log or folder / "log", args.data or folder / "data", folder)
    _print_table(rows)
    return int(any(row["second"] == "lost" for row in rows))


def _run(args: argparse.Namespace, log: Path, data: Path, folder: Path) -> list[dict]:
    mount = may_mount()
    troubles = [t for t in args.troubles or TROUBLES if mount or not TROUBLES[t][2]]
    open_log(log, {"seed": args.seed, "commands": args.only, "troubles": troubles})
    done = {row["number"] for row in _read(log)}
    calm: dict[str, tuple[Calm, object]] = {}
    for number in range(args.first, args.first + args.cases):
        rng = np.random.default_rng([args.seed, number])
        job = _draw(rng, {name: JOBS[name].share for name in args.only})
        trouble = _draw(rng, {name: TROUBLES[name][1] for name in troubles})
        if number in done:
            continue
        if job not in calm:
            prepare(data, job)
            calm[job] = _undisturbed(job, folder, data)
        row = {"number": number, **run_case(job, trouble, calm[job], folder, rng, data)}
        with log.open("a") as file:
            print(json.dumps(row), file=file)
        print(f"{number:>4} {job:<8} {trouble:<15} {row['first']:<10} {row['second']}", flush=True)
    return _read(log)


def _read(log: Path) -> list[dict]:
    """The cases of a log."""
    return [row for row in read_log(log) if "number" in row]


def run_case(
    job: str,
    trouble: str,
    calm: tuple[Calm, object],
    folder: Path,
    rng: np.random.Generator,
    data: Path,
) -> dict:
    """Disturb one run, run again, compare.

    Returns:
        ``job``, ``trouble``, how the ``first`` run ended, the verdict on the ``second``, and what
        both said.
    """
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    command = JOBS[job].command(data, out)
    try:
        first = TROUBLES[trouble][0](command, out, calm[0], rng)
        second = start(command).ending(calm[0])
        verdict = judge(second, JOBS[job].facts(out) == calm[1], calm[0].code)
    finally:
        take_away(out)
    said = {"said_first": first.said[-1500:], "said_second": second.said[-1500:]}
    return {"job": job, "trouble": trouble, "first": first.kind, "second": verdict, **said}


def judge(ending: Ending, same: bool, code: int = 0) -> str:
    """``same`` as undisturbed, which ended with ``code``, ``said`` what to do, or ``lost``."""
    if ending.kind in ("done", "said") and ending.code == code and same:
        return "same"
    if ending.kind == "said":
        lines = [line for line in ending.said.splitlines() if line.startswith("surgtools")]
        return "said" if lines else "lost"
    return "lost"


def _undisturbed(name: str, folder: Path, data: Path) -> tuple[Calm, object]:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    calm = measure_calm(JOBS[name].command(data, out), out, JOBS[name].codes)
    facts = JOBS[name].facts(out)
    print(f"{name}: {calm.seconds:.0f} s undisturbed, {calm.written >> 10} KB", flush=True)
    return calm, facts


def _draw(rng: np.random.Generator, shares: dict[str, int]) -> str:
    weights = np.array(list(shares.values()), dtype=float)
    return list(shares)[int(rng.choice(len(shares), p=weights / weights.sum()))]


def _print_table(rows: list[dict]) -> None:
    ends = sorted({row["first"] for row in rows})
    print(f"\n{'command':<9}{'trouble':<16}{'runs':>5}", end="")
    print("".join(f"{end:>11}" for end in ends), "  then", "".join(f"{v:>6}" for v in VERDICTS))
    for job in [name for name in JOBS if any(row["job"] == name for row in rows)]:
        for trouble in TROUBLES:
            own = [row for row in rows if (row["job"], row["trouble"]) == (job, trouble)]
            if own:
                _print_row(f"{job:<9}{trouble:<16}", own, ends)
    _print_row(f"{'all':<25}", rows, ends)


def _print_row(head: str, rows: list[dict], ends: list[str]) -> None:
    first, second = Counter(r["first"] for r in rows), Counter(r["second"] for r in rows)
    print(f"{head}{len(rows):>5}" + "".join(f"{first[end]:>11}" for end in ends), end="  ")
    print("     " + "".join(f"{second[verdict]:>6}" for verdict in VERDICTS))


if __name__ == "__main__":
    sys.exit(main())
