"""Move a detector's scores so that the usual threshold suits it.

python tools/calibrate_detector.py CONFIG CHECKPOINT --data DIR --out CALIBRATED.pth

The threshold is the one with the best F1 on frames composed as in training, at which at most 2 %
of those without an instrument have a box. No photograph with labels is looked at.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402


def main() -> int:
    """Find, choose, shift, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("checkpoint")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", help="dataset folder; its val/ is composed")
    where.add_argument("--threshold", type=float, help="take this one, without a look at frames")
    parser.add_argument("--split", default="val")
    parser.add_argument("--out", required=True)
    parser.add_argument("--frames", type=int, default=400)
    args = parser.parse_args()
    try:
        threshold = args.threshold
        if threshold is None:
            threshold, told = find_threshold(args)
            print(told)
        elif not 0 < threshold < 1:
            raise InputError(f"--threshold {threshold:g}: a score between 0 and 1 is expected")
        write(args.checkpoint, args.out, threshold)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def find_threshold(args: argparse.Namespace) -> tuple[float, str]:
    """The threshold of ``best_threshold`` on composed frames, and a line about it.

    Raises:
        InputError: config, checkpoint or data cannot be used, or the detector finds nothing.
    """
    import numpy as np
    from mmengine.registry import DATASETS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config
    from surgtools.models.score_shift import best_threshold
    from surgtools.prediction.backends.torch_backend import torch_detector
    from surgtools.prediction.estimators import Detector

    if args.frames < 1:
        raise InputError(f"--frames {args.frames}: 1 or more is expected")
    config = load_config(args.config, data_root=args.data)
    dataset = config.get("train_dataloader", {}).get("dataset", {})
    if dataset.get("type") != "ComposedDetDataset":
        raise InputError(
            f"{args.config}: does not train on composed frames (ComposedDetDataset); give a "
            "config that does, or the threshold with --threshold"
        )
    init_default_scope("mmdet")
    dataset.ann_file = f"{args.split}/coco_keypoints.json"
    dataset.data_prefix = {"img": f"{args.split}/images/"}
    dataset.length = args.frames
    samples = DATASETS.build(dataset)
    samples.set_epoch(10**6, 0)  # no seed of a training
    detector = Detector(torch_detector(args.config, args.checkpoint), 0.03, None, 0.85)
    category_of = detector.backend.spec.taxonomy.category_of
    scores, correct, count, empty = [], [], 0, []
    for index in range(args.frames):
        sample = samples[index]
        image = np.ascontiguousarray(sample["inputs"].numpy().transpose(1, 2, 0))
        found, truth = detector([image])[0], sample["data_samples"].gt_instances
        ignored = sample["data_samples"].ignored_instances.bboxes.tensor.numpy()
        if not len(truth) and not len(ignored):
            empty.append(float(found.scores.max(initial=0)))
        boxes = truth.bboxes.tensor.numpy()
        category_ids = [category_of(label) for label in truth.labels.tolist()]
        count += len(boxes)
        for score, hit in judge_boxes(found, boxes, category_ids, ignored):
            scores.append(score)
            correct.append(hit)
    if not scores:
        raise InputError(
            f"{args.checkpoint}: finds no box in {args.frames} frames; train it longer"
        )
    threshold = best_threshold(scores, correct, count, empty)
    told = describe(threshold, np.array(scores), np.array(correct), count, np.array(empty))
    return threshold, f"{args.checkpoint}: {told}"


def describe(threshold: float, scores, correct, count: int, empty) -> str:
    """What a threshold leaves of N boxes; arguments as of ``best_threshold``, as arrays."""
    above = scores > threshold
    told = [f"threshold {threshold:.3f}"]
    if above.any():
        told.append(
            f"recall {correct[above].sum() / max(count, 1):.2f} and precision "
            f"{correct[above].mean():.2f} on {count} instruments"
        )
    else:
        told.append(f"no box scores more, so none of {count} instruments is found")
    if len(empty):
        told.append(f"{(empty > threshold).mean():.3f} of {len(empty)} empty frames have a box")
    return ", ".join(told)


def judge_boxes(found, boxes, category_ids, ignored) -> Iterator[tuple[float, bool]]:
    """Score of each box of a frame that counts, best first, and whether it finds an instrument.

    Args:
        found: N ``Boxes`` of the detector.
        boxes: (M, 4) xyxy of the instruments, each of which is found once.
        category_ids: M categories of them.
        ignored: (K, 4) regions whose boxes count neither way.
    """
    import numpy as np

    from surgtools.boxes import box_iou_xyxy

    overlap = box_iou_xyxy(found.xyxy, boxes)
    overlap *= found.category_ids[:, None] == np.array(category_ids, int)
    unclear = box_iou_xyxy(found.xyxy, ignored).max(axis=1, initial=0) >= 0.5
    for row in np.argsort(-found.scores):
        best = int(overlap[row].argmax()) if len(boxes) else -1
        hit = best >= 0 and overlap[row, best] >= 0.5
        if hit:
            overlap[:, best] = 0
        if hit or not unclear[row]:
            yield float(found.scores[row]), bool(hit)


def write(checkpoint: str, out: str, threshold: float) -> None:
    """The checkpoint with its scores moved; what it was made from goes along.

    Raises:
        InputError: it is of no RTMDet.
    """
    import torch

    from surgtools.files import write_whole
    from surgtools.hosts.checkpoints import load_checkpoint
    from surgtools.models.score_shift import shift_scores

    loaded = load_checkpoint(checkpoint)
    meta = dict(loaded.get("meta", {}))
    meta["surgtools"] = {**meta.get("surgtools", {}), "threshold_before": round(threshold, 4)}
    try:
        state = shift_scores(loaded["state_dict"], threshold)
    except ValueError as error:
        raise InputError(f"{checkpoint}: {error}; give that of an RTMDet detector") from error
    with write_whole(out) as part:
        torch.save({"state_dict": state, "meta": meta}, part)


if __name__ == "__main__":
    sys.exit(main())
