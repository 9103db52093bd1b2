"""Iterations per second of ``surgtools train`` against the hosts' own recipes, and who waits.

Both sides train the same network (RTMDet-tiny at 320x320, RTMPose-s at 256x256) on the same
pictures with the same batch, cores and loader processes; rounds alternate between them, each in a
process of its own. The time a step waits for its data tells whether the pipeline starves the
network. Run it on a quiet machine; about five minutes on four cores:

    python benchmarks/training_speed.py --data data/instruments --out training_speed.json
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from timed_steps import Trial  # noqa: E402

from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_json  # noqa: E402

BATCH = {"detector": 16, "pose": 32}
STOCK = "stock"


def main() -> int:
    args = parse_arguments()
    try:
        return compare(args)
    except InputError as error:
        print(f"training_speed: {error}", file=sys.stderr)
        return 2


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with train/")
    parser.add_argument("--cores", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--networks", nargs="+", choices=BATCH, default=list(BATCH))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=4, help="steps before the clock [4]")
    parser.add_argument("--steps", type=int, default=8, help="steps on the clock [8]")
    parser.add_argument("--amp", action="store_true", help="time ours with --amp, too")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def compare(args: argparse.Namespace) -> int:
    """All rounds, then the table."""
    available = len(os.sched_getaffinity(0))
    if max(args.cores) > available:
        raise InputError(f"--cores {max(args.cores)}: {available} can be used here; give fewer")
    if not (args.data / "train/coco_keypoints.json").is_file():
        raise InputError(f"{args.data}: no train/coco_keypoints.json; give a dataset folder")
    sides = ["ours", *(["ours --amp"] if args.amp else []), STOCK]
    rows = []
    for cores in args.cores:
        for network in args.networks:
            times = {side: {"seconds": [], "waited": []} for side in sides}
            for _ in range(args.rounds):
                for side in sides:
                    trial = Trial(
                        network=network,
                        side=side,
                        cores=cores,
                        workers=max(1, cores // 2),
                        batch=BATCH[network],
                        warm_up=args.warm_up,
                        steps=args.steps,
                        data=str(args.data),
                    )
                    for key, values in run_trial(trial).items():
                        times[side][key] += values
            rows += summarize(network, cores, times)
            print("\n".join(table_lines(rows)[-len(sides) :]), file=sys.stderr, flush=True)
    if args.out:
        words = {key: value for key, value in vars(args).items() if key != "out"}
        write_json(args.out, {"rows": rows, "arguments": words | {"data": str(args.data)}})
    print("\n".join(table_lines(rows)))
    return 0


def run_trial(trial: Trial) -> dict[str, list[float]]:
    """One trial in its own process; its last line is JSON."""
    script = Path(__file__).with_name("timed_steps.py")
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(asdict(trial))], capture_output=True, text=True
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        reason = next((x for x in reversed(lines) if "Error" in x), "no reason given")
        raise InputError(f"{trial.side}, {trial.network}: the training failed ({reason})")
    return json.loads(done.stdout.strip().splitlines()[-1])


def summarize(network: str, cores: int, times: Mapping[str, Mapping]) -> list[dict]:
    """A row per side.

    Args:
        times: by side the ``seconds`` of every step and those it ``waited`` for its data.

    Returns:
        ``iterations_per_s`` (all steps over all seconds), ``ratio`` to the stock recipe and the
        share of time that was ``waiting``.
    """
    speed = {side: len(t["seconds"]) / sum(t["seconds"]) for side, t in times.items()}
    return [
        {
            "network": network,
            "cores": cores,
            "side": side,
            "iterations_per_s": speed[side],
            "ratio": speed[side] / speed[STOCK],
            "waiting": float(np.sum(t["waited"]) / np.sum(t["seconds"])),
        }
        for side, t in times.items()
    ]


def table_lines(rows: Sequence[Mapping]) -> list[str]:
    """Markdown."""
    lines = [
        "| network | cores | recipe | iterations/s | against stock | waits for data |",
        "|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {r['network']} | {r['cores']} | {r['side']} | {r['iterations_per_s']:.2f} | "
        f"{r['ratio']:.2f}x | {r['waiting']:.1%} |"
        for r in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
