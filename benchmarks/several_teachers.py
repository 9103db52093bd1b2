"""Labels of one teacher and of several together, on labelled pictures that none has learnt from.

python benchmarks/several_teachers.py OUT --source DIR --labelled DIR --teachers fast accurate

Nothing is trained: what `adapt` would label is compared with the truth. `--source` teaches every
teacher's thresholds and confidence, as in `adapt`; `--labelled` is the folder of one split.
What training makes of it says `adaptation_before_after.py ... -- --teacher-models fast accurate`.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import surgtools.register  # noqa: E402, F401
from benchmarks.adaptation_cells import Cells  # noqa: E402
from surgtools.adaptation.known_truth import find_correct  # noqa: E402
from surgtools.adaptation.labels.first_look import FirstLook  # noqa: E402
from surgtools.adaptation.labels.pair_proposer import PairProposer  # noqa: E402
from surgtools.adaptation.labels.proposals import propose  # noqa: E402
from surgtools.adaptation.labels.selector import Selector  # noqa: E402
from surgtools.adaptation.labels.several_teachers import (  # noqa: E402
    LABEL_FLOOR,
    FurtherTeacher,
    judge_together,
)
from surgtools.adaptation.learn_source import (  # noqa: E402
    annotations_by_position,
    learn_from_source,
)
from surgtools.adaptation.source_knowledge import SourceKnowledge  # noqa: E402
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.dataset_folder import ANNOTATIONS  # noqa: E402
from surgtools.datasets.picture_paths import locate_picture  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.images import read_image  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--teachers", nargs="+", required=True)
    parser.add_argument("--source-pictures", type=int, default=60)
    args = parser.parse_args()
    names = ("source", "labelled", "source_pictures")
    Cells(args.out, {name: getattr(args, name) for name in names})
    ann_file = args.labelled / ANNOTATIONS
    content = load_coco(ann_file)
    images = content["images"]
    truth = annotations_by_position(images, content["annotations"])

    def read(index: int) -> np.ndarray:
        return read_image(locate_picture(images[index], args.labelled / "images", ann_file))

    teachers = [heard(name, args, read, len(images)) for name in args.teachers]
    groups = {name: [own] for name, own in zip(args.teachers, teachers, strict=True)}
    groups[" + ".join(args.teachers)] = teachers
    results = {}
    for name, group in groups.items():
        first, *further = group
        proposals, reasons, _ = judge_together(
            first.look.of_frames(range(len(images)), LABEL_FLOOR),
            range(len(images)),
            Selector(first.knowledge.thresholds),
            first.knowledge,
            further,
            np.random.default_rng(0),
        )
        taken = proposals.subset(np.array([not reason for reason in reasons], dtype=bool))
        right = find_correct(taken, truth)
        count = sum(len(own) for own in truth.values())
        results[name] = {
            "labels": len(taken),
            "right": round(float(right.mean()), 3) if len(taken) else None,
            "instruments labelled right": round(float(right.sum()) / max(count, 1), 3),
            "predicted": round(float(taken.statistics["confidence"].mean()), 3)
            if len(taken)
            else None,
        }
    write_json(args.out / "several_teachers.json", results, indent=1)
    print(json.dumps(results, indent=1))


def heard(name: str, args: argparse.Namespace, read, count: int) -> FurtherTeacher:
    """A teacher's knowledge of the source and its look at all pictures; kept in a folder."""
    knowledge_file, look_file = args.out / f"{name}.json", args.out / f"{name}.npz"
    proposer = PairProposer.of(Models.find(name), LABEL_FLOOR, None, False)
    if not knowledge_file.exists():
        rng = np.random.default_rng(0)
        learnt = learn_from_source(
            args.source, proposer, rng, max_pictures=args.source_pictures, motion=False
        )
        learnt.write(knowledge_file)
    knowledge = SourceKnowledge.load(knowledge_file)
    if not look_file.exists():
        worth = Selector(knowledge.thresholds).passes_one_look
        proposals = propose(read, range(count), proposer, worth_views=worth)
        knowledge.add_statistics(proposals, [str(i) for i in range(count)], [0] * count, read)
        FirstLook(proposals, proposer.signature()).write(look_file)
    return FurtherTeacher(knowledge, FirstLook.load(look_file))


if __name__ == "__main__":
    main()
