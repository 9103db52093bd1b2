"""Are frames that `data suggest` doubts those in which the networks are wrong?

python benchmarks/suggestion_doubts.py OUT --pool DIR [--models fast]

`DIR` holds pictures and their labels, as `active_learning.py` writes its pool. A frame is wrong
when an instrument of it is not reported (IoU 0.5, the right category), or another one is. Printed
is how often a wrong frame is doubted more than a right one, 0.5 by chance: of all frames, and of
each kind, which is the beginning of the name. The look of the networks is kept in OUT.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import surgtools.register  # noqa: E402, F401
from benchmarks.adaptation_cells import Cells  # noqa: E402
from surgtools.adaptation.frames.collect import collect_frames  # noqa: E402
from surgtools.adaptation.labels.first_look import FirstLook  # noqa: E402
from surgtools.adaptation.labels.pair_proposer import PairProposer  # noqa: E402
from surgtools.adaptation.labels.proposals import Proposals, propose  # noqa: E402
from surgtools.adaptation.labels.suggest import frame_doubts  # noqa: E402
from surgtools.boxes import box_iou_xyxy, xywh_to_xyxy  # noqa: E402
from surgtools.dataset_folder import ANNOTATIONS  # noqa: E402
from surgtools.evaluation.settings import SCORE_THR  # noqa: E402
from surgtools.files import read_json  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--pool", type=Path, required=True, help="pictures with labels")
    parser.add_argument("--models", default="fast")
    args = parser.parse_args()
    Cells(args.out, {"pool": args.pool, "models": args.models})
    frames, _ = collect_frames(
        [str(args.pool / "images")], args.out / "pool", 10_000, held_out_share=0
    )
    look = args.out / "look.npz"
    if not look.exists():
        pair = PairProposer.of(Models.find(args.models), 0.1, None, False)
        FirstLook(propose(frames.read, range(len(frames)), pair), args.models).write(look)
    proposals = FirstLook.load(look).proposals
    doubts, _ = frame_doubts(proposals, range(len(frames)))
    names = [Path(frame.source).name for frame in frames.frames]
    wrong = np.array([is_wrong(proposals, i, own) for i, own in enumerate(truth_of(args, names))])
    kinds = np.array([name.partition("_")[0] for name in names])
    for kind in ("all", *dict.fromkeys(kinds)):
        own = (kinds == kind) | (kind == "all")
        told = rank(doubts[own], wrong[own])
        print(f"{kind}: {own.sum()} frames, {wrong[own].mean():.2f} wrong, ranked {told:.3f}")


def truth_of(args: argparse.Namespace, names: list[str]) -> list[list[tuple[int, np.ndarray]]]:
    """Category and ``xyxy`` box of the instruments of each picture."""
    rows = read_json(args.pool / ANNOTATIONS)
    ids = {image["file_name"]: image["id"] for image in rows["images"]}
    found: dict[int, list] = {image_id: [] for image_id in ids.values()}
    for row in rows["annotations"]:
        box = xywh_to_xyxy(np.array([row["bbox"]], dtype=float))[0]
        found[row["image_id"]].append((row["category_id"], box))
    return [found[ids[name]] for name in names]


def is_wrong(proposals: Proposals, frame: int, truth: list[tuple[int, np.ndarray]]) -> bool:
    """Whether what is reported of a frame is not what is there."""
    left = list(np.nonzero((proposals.frames == frame) & (proposals.scores >= SCORE_THR))[0])
    for category_id, box in truth:
        for number in left:
            same = proposals.category_ids[number] == category_id
            if same and box_iou_xyxy(proposals.boxes[number], box)[0, 0] >= 0.5:
                left.remove(number)
                break
        else:
            return True
    return bool(left)


def rank(doubts: np.ndarray, wrong: np.ndarray) -> float:
    """Share of pairs of a wrong and a right frame in which the wrong one is doubted more."""
    more = doubts[wrong][:, None] - doubts[~wrong]
    return float((more > 0).mean() + (more == 0).mean() / 2) if more.size else float("nan")


if __name__ == "__main__":
    main()
