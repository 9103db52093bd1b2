"""What becomes of ``predict`` when it is killed, when the disk is full, and when it is read-only.

The inputs are small crops of a picture of the documentation and clips that pan over it. An
undisturbed run says what is right and how much processor time it takes. Then each case begins in
an empty folder, is killed by SIGKILL after a random share of that time, and is run again to its
end. It is right when the frames of predictions.json are the same byte for byte, and when the
second run looked at no more than was missing and the batches that were under way.

    python benchmarks/killed_predict.py --pictures 300 --clips 5 --cases 10

With the right to mount, the same runs also meet a disk of little room and one that cannot be
written: each must end in one line, leave nothing half-written, and be right when there is room.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crashing import troubles  # noqa: E402
from crashing.troubles import Calm  # noqa: E402

SIDE, FRAMES = 160, 10

MOST_REDONE = 16
"""Parts of the batches that were under way when the process was killed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--clips", type=int, default=5)
    parser.add_argument("--cases", type=int, default=10, help="kills [10]")
    parser.add_argument("--full-disks", type=int, default=3, help="disks of little room [3]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("options", nargs="*", help="after --: further options of predict")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        draw_inputs(home / "in", args.pictures, args.clips, rng)
        command = predict(home / "in", home / "calm", args.options)
        calm = troubles.measure_calm(command, home / "calm")
        right = frames_of(home / "calm")
        print(
            f"undisturbed: {len(right)} frames, {args.pictures} pictures, {args.clips} clips, "
            f"{calm.seconds:.0f} s of processor time, {calm.written / 1e6:.1f} MB",
            flush=True,
        )
        print("| case | first run | parts then | of them redone | second run | as undisturbed |")
        print("|---|---|---|---|---|---|")
        cases: list[tuple[str, Callable]] = [("killed", troubles.killed)] * args.cases
        if troubles.may_mount():
            cases += [("full disk", troubles.full_disk)] * args.full_disks
            cases += [("read-only", troubles.read_only)]
        bad = 0
        for number, (name, trouble) in enumerate(cases):
            out = home / f"out{number}"
            out.mkdir()
            command = predict(home / "in", out, args.options)
            bad += not check(name, trouble, command, out, calm, rng, right)
    print(f"{len(cases)} cases, {bad} wrong")
    return bool(bad)


def predict(inputs: Path, out: Path, options: list[str]) -> list[str]:
    """The command; the small pair and one view, for the time of many runs."""
    words = [sys.executable, "-m", "surgtools", "predict", inputs, "--out-dir", out]
    words += ["--models", "fast", "--no-tta", "--device", "cpu", *options]
    return [str(word) for word in words]


def check(
    name: str,
    trouble: Callable,
    command: list[str],
    out: Path,
    calm: Calm,
    rng: np.random.Generator,
    right: list[str],
) -> bool:
    """Disturb a run, run it again, and print what came of it."""
    first = trouble(command, out, calm, rng)
    done = states_of_parts(out)
    half = [path for path in out.rglob(".part-*") if path.is_file()]
    second = troubles.start(command).ending(calm)
    now = states_of_parts(out)
    redone = sum(now.get(path) != state for path, state in done.items())
    same = second.code == 0 and frames_of(out) == right
    left = list(out.rglob(".part-*"))
    said = first.said.strip().splitlines()
    if name == "killed":
        fair, told = redone <= MOST_REDONE, first.kind
    else:
        fair = first.kind == "said" and len(said) == 1 and not half
        told = f"code {first.code}, {len(said)} line: {said[-1] if said else ''}"
        told = re.sub(r"/tmp/\S*/", "", told)
    troubles.take_away(out)
    print(
        f"| {name} | {told} | {len(done)} | {redone} | code {second.code}, {len(left)} left over "
        f"| {same} |",
        flush=True,
    )
    return same and fair and not left


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
