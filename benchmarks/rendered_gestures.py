"""Gestures learnt from clips of the generator: with exact keypoints, and with predicted ones.

python benchmarks/rendered_gestures.py OUT [--clips 24] [--rendered 4] [--frames 120]

`generate gestures --gestures` moves a needle holder and tweezers as a script says, see
`surgtools/gesture_script.py`. A network learns from exact keypoints of clips that are not
rendered; a quarter of them is kept apart and scored. Further clips are rendered, and scored with
their exact keypoints and with what `predict` finds in them. `shuffled` has labels in another
order, which nobody can learn: it shows what chance is.
Real hands move otherwise: this proves the pipeline and nothing else.

Whatever is finished is kept in OUT; a killed run goes on when the same command is given again.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.adaptation_cells import Cells  # noqa: E402
from surgtools.cli import main as surgtools  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402

LABELS, EXACT = "gestures.csv", "exact_predictions.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=24, help="that are not rendered")
    parser.add_argument("--rendered", type=int, default=4, help="further clips")
    parser.add_argument("--frames", type=int, default=120, help="of a clip, ten a second")
    parser.add_argument("--samples", type=int, default=3, help="paths per pixel")
    parser.add_argument("--models", default="fast")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--noisy-copies", type=int, default=4, help="see surgtools gestures train")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    Cells(args.out, {name: value for name, value in vars(args).items() if name != "out"})
    learnt, scored = generate(args)
    found = args.out / "found"
    clips = [str(scored / f"clip_{number:04d}.mp4") for number in range(args.rendered)]
    looked = ["predict", *clips, "--models", args.models, "--out-dir", str(found)]
    run(found / "predictions.json", looked)
    shuffle_labels(learnt / LABELS, args.out / "shuffled.csv", args.seed)
    scores = {}
    for name, labels in (("learnt", learnt / LABELS), ("shuffled", args.out / "shuffled.csv")):
        work = args.out / name
        options = ["--epochs", args.epochs, "--seed", args.seed]
        options += ["--noisy-copies", args.noisy_copies]
        asked = ["train", learnt / EXACT, "--labels", labels, "--out-dir", work, *options]
        run(work / "scores.json", ["gestures", *map(str, asked)])
        scores[name] = read_json(work / "scores.json")
    for kind, file in (("exact", scored / EXACT), ("predicted", found / "predictions.json")):
        target, model = args.out / f"{kind}.json", args.out / "learnt/gestures.pth"
        asked = ["test", file, "--labels", scored / LABELS, "--model", model, "--out", target]
        # their names are those of clips that were learnt from; their seeds are not
        run(target, ["gestures", *map(str, [*asked, "--all"])])
        scores[f"rendered, {kind}"] = read_json(target)
    write_json(args.out / "rendered_gestures.json", scores, indent=1)
    print(json.dumps(scores, indent=1))


def generate(args: argparse.Namespace) -> tuple[Path, Path]:
    """The folders of the clips to learn from and to score on."""
    shared = ["generate", "gestures", "--gestures", "--video", args.frames, "--workers", 1]
    for split, clips, how in (
        ("train", args.clips, ["--labels-only"]),
        ("val", args.rendered, ["--samples", args.samples, "--no-card"]),
    ):
        asked = ["--split", split, "--num", clips * args.frames, "--seed", args.seed, *how]
        words = [*shared, "--out-dir", args.out / "clips", *asked]
        run(args.out / "clips" / split / EXACT, list(map(str, words)))
    return args.out / "clips/train", args.out / "clips/val"


def run(made: Path, words: list[str]) -> None:
    """Run a command of surgtools, unless what it makes is there."""
    if not made.exists() and surgtools(words):
        sys.exit(f"surgtools {words[0]} has failed")


def shuffle_labels(path: Path, out: Path, seed: int) -> None:
    """The gestures of each clip in another order; each keeps its length."""
    rng = np.random.default_rng(seed)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    with out.open("w", newline="") as file:
        table = csv.DictWriter(file, ("video", "start", "end", "label"))
        table.writeheader()
        for video in dict.fromkeys(row["video"] for row in rows):
            own = [row for row in rows if row["video"] == video]
            start = float(own[0]["start"])
            for index in rng.permutation(len(own)):
                length = float(own[index]["end"]) - float(own[index]["start"])
                end = round(start + length, 4)
                table.writerow({**own[index], "start": start, "end": end})
                start = end


if __name__ == "__main__":
    main()
