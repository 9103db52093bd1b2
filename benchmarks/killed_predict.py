"""What becomes of ``predict`` when it is killed, when the disk is full, and when it is read-only.

The inputs are small crops of a picture of the documentation and clips that pan over it. An
undisturbed run says what is right and how much processor time it takes. Then a run begins in an
empty folder and is killed by SIGKILL at a random moment, again and again, until it may go to its
end. It is right when the frames of predictions.json are the same byte for byte, and when each run
redid no more than the batches that were under way.

    python benchmarks/killed_predict.py --pictures 300 --clips 5 --runs 2 --kills 5

With the right to mount, the same command also meets a disk of little room and one that cannot be
written: it must end in one line, leave nothing half-written, and be right when there is room.
"""

import argparse
import json
import re
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import hanging  # noqa: E402
from crashing import troubles  # noqa: E402
from crashing.troubles import Calm  # noqa: E402

SIDE, FRAMES = 160, 10

MOST_REDONE = 16
"""Parts of the batches that were under way when the process was killed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--clips", type=int, default=5)
    parser.add_argument("--runs", type=int, default=2, help="runs that are killed [2]")
    parser.add_argument("--kills", type=int, default=5, help="how often each [5]")
    parser.add_argument("--full-disks", type=int, default=1, help="disks of little room [1]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, help="keep inputs and the undisturbed run here")
    parser.add_argument("options", nargs="*", help="after --: further options of predict")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = args.home or Path(folder)
        calm = undisturbed(home, args.pictures, args.clips, args.options)
        right = frames_of(home / "calm")
        print(
            f"undisturbed: {len(right)} frames, {args.pictures} pictures, {args.clips} clips, "
            f"{calm.seconds:.0f} s of processor time, {calm.written / 1e6:.1f} MB",
            flush=True,
        )
        print("| case | what happened | parts then | of them redone | end | as undisturbed |")
        print("|---|---|---|---|---|---|")
        jobs = [("kills", killed_often)] * args.runs
        if troubles.may_mount():
            jobs += [("full disk", in_trouble)] * args.full_disks + [("read-only", in_trouble)]
        bad = 0
        for number, (name, job) in enumerate(jobs):
            out = Path(folder) / f"out{number}"
            out.mkdir()
            command = predict(home / "in", out, args.options)
            bad += not job(name, command, out, calm, rng, right, args.kills)
    print(f"{len(jobs)} cases, {bad} wrong")
    return bool(bad)


def undisturbed(home: Path, pictures: int, clips: int, options: list[str]) -> Calm:
    """Draw the inputs and run the command, unless an earlier call has."""
    facts = home / "calm.json"
    if not facts.is_file():
        draw_inputs(home / "in", pictures, clips, np.random.default_rng(0))
        calm = troubles.measure_calm(predict(home / "in", home / "calm", options), home / "calm")
        facts.write_text(json.dumps(asdict(calm)))
    return Calm(**json.loads(facts.read_text()))


def predict(inputs: Path, out: Path, options: list[str]) -> list[str]:
    """The command; the small pair and one view, for the time of many runs."""
    words = [sys.executable, "-m", "surgtools", "predict", inputs, "--out-dir", out]
    words += ["--models", "fast", "--no-tta", "--device", "cpu", *options]
    return [str(word) for word in words]


def killed_often(
    name: str,
    command: list[str],
    out: Path,
    calm: Calm,
    rng: np.random.Generator,
    right: list[str],
    kills: int,
) -> bool:
    """Kill a run again and again, let it go in the end, and print what came of it."""
    fair, before = True, states_of_parts(out)
    for number in range(kills):
        share = rng.uniform(0.05, 1.6 / kills)
        started = troubles.start(command)
        if hanging.wait(started.process, calm.seconds * share) is None:
            started.kill()
        first = started.ending(calm)
        now = states_of_parts(out)
        redone = redone_parts(before, now)
        fair, before = fair and redone <= MOST_REDONE, now
        told = f"{first.kind} after {share:.0%}"
        print(f"| {name} {number + 1} | {told} | {len(now)} | {redone} | | |", flush=True)
    right_end, redone = run_to_end(name, "resumed", command, out, calm, right)
    return right_end and fair and redone <= MOST_REDONE


def in_trouble(
    name: str,
    command: list[str],
    out: Path,
    calm: Calm,
    rng: np.random.Generator,
    right: list[str],
    kills: int,
) -> bool:
    """Run into a disk that takes little or nothing, then with room, and print what came of it."""
    trouble = troubles.full_disk if name == "full disk" else troubles.read_only
    first = trouble(command, out, calm, rng)
    half = [path for path in out.rglob(".part-*") if path.is_file()]
    said = first.said.strip().splitlines()
    told = re.sub(r"/tmp/\S*/", "", f"code {first.code}, {len(said)} line: {' / '.join(said)}")
    right_end, _ = run_to_end(name, told, command, out, calm, right)
    troubles.take_away(out)
    return right_end and first.code == 2 and len(said) == 1 and not half


def run_to_end(
    name: str, told: str, command: list[str], out: Path, calm: Calm, right: list[str]
) -> tuple[bool, int]:
    """Let the command go on undisturbed, and print the row of the case.

    Args:
        told: what happened before, for the row.

    Returns:
        Whether it came to the right frames and left nothing over, and how many parts it redid.
    """
    before = states_of_parts(out)
    end = troubles.start(command).ending(calm)
    redone = redone_parts(before, states_of_parts(out))
    same = end.code == 0 and frames_of(out) == right
    left = len(list(out.rglob(".part-*")))
    closing = f"code {end.code}, {left} left over"
    print(f"| {name} | {told} | {len(before)} | {redone} | {closing} | {same} |", flush=True)
    return same and not left, redone


def redone_parts(before: dict[Path, int], now: dict[Path, int]) -> int:
    """How many parts were there before and have been written again."""
    return sum(now.get(path) != state for path, state in before.items())


def states_of_parts(out: Path) -> dict[Path, int]:
    """When each part was written."""
    return {path: path.stat().st_mtime_ns for path in out.glob(".predictions/*/??/*.json")}


def frames_of(out: Path) -> list[str]:
    """The lines of predictions.json that hold a frame each."""
    lines = (out / "predictions.json").read_text().splitlines()
    return [line.rstrip(",") for line in lines[1:] if line.startswith(('{"image"', '{"video"'))]


def draw_inputs(folder: Path, pictures: int, clips: int, rng: np.random.Generator) -> None:
    """Small crops of a picture with instruments, and clips whose window moves over it."""
    import cv2

    from surgtools.images import read_image
    from surgtools.prediction.video_writer import VideoWriter

    whole = read_image(ROOT / "docs/overview.jpg")
    room = np.array(whole.shape[:2]) - SIDE

    def crop(at: np.ndarray) -> np.ndarray:
        y, x = np.clip(at, 0, room).astype(int)
        return whole[y : y + SIDE, x : x + SIDE]

    folder.mkdir()
    for number in range(pictures):
        cv2.imwrite(str(folder / f"{number:04d}.jpg"), crop(rng.uniform(0, room)))
    for number in range(clips):
        at, step = rng.uniform(0, room), rng.uniform(-6, 6, 2)
        with VideoWriter(folder / f"clip{number}.mp4") as writer:
            for frame in range(FRAMES):
                writer.write(crop(at + frame * step), frame / 25)


if __name__ == "__main__":
    sys.exit(main())
