"""Collect what a detector takes for an instrument where there is none, for a pose model to refuse.

python tools/mine_false_boxes.py DIR --models general --out DIR/false_boxes.json
surgtools train CONFIG_OF_A_POSE_MODEL --data DIR --cfg-options \\
    train_dataloader.dataset.negatives.boxes_file=DIR/false_boxes.json

A box counts as false when it hardly overlaps with any label of its picture, those to ignore
included. The pictures must be labelled completely: rendered ones, composed ones
(`tools/compose_frames.py`), photographs without any instrument.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from surgtools.cli.model_arguments import add_model_arguments, models_of  # noqa: E402
from surgtools.errors import InputError  # noqa: E402

_PLACE = 0.5
"""Overlap above which two false boxes show the same."""


def main() -> int:
    """Look, keep what is false, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="dataset folder or COCO file")
    parser.add_argument("--split", default="train", help="part of a dataset folder")
    parser.add_argument("--out", required=True, help="file of COCO results to write")
    parser.add_argument("--score-thr", type=float, default=0.05, help="lowest score of a box")
    parser.add_argument("--max-iou", type=float, default=0.1, help="largest overlap with a label")
    parser.add_argument("--most", type=int, default=10, help="best false boxes of a picture")
    add_model_arguments(parser)
    args = parser.parse_args()
    try:
        print(mine(args))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def mine(args: argparse.Namespace) -> str:
    """Write the boxes and return a line about them.

    Raises:
        InputError: the data or models cannot be used.
    """
    from surgtools.evaluation.pictures import open_pictures
    from surgtools.files import write_json

    pictures = open_pictures(args.data, args.split)
    detect = open_detector(args)
    rows = false_boxes(pictures, detect, args.max_iou, args.most)
    write_json(args.out, rows)
    scores = np.array([row["score"] for row in rows])
    shares = ", ".join(f"{np.sum(scores >= thr)} from {thr}" for thr in (0.1, 0.2, 0.35))
    return f"{args.out}: {len(rows)} false boxes on {len(pictures.image_ids)} pictures; {shares}"


def open_detector(args: argparse.Namespace) -> Callable[[list[np.ndarray]], list]:
    """The detector as predict runs it, at a low threshold."""
    from surgtools.prediction.estimators import Detector

    models = models_of(args)
    if models.exported:
        from surgtools.prediction.backends.onnx_backend import onnx_detector

        return Detector(onnx_detector(models.exported, "cpu"), args.score_thr)
    from surgtools.prediction.backends.torch_backend import torch_detector

    trusted = args.trust_checkpoint
    network = torch_detector(*models.files("detector"), "auto", trust_checkpoint=trusted)
    return Detector(network, args.score_thr)


def false_boxes(
    pictures: Any, detect: Callable[[list[np.ndarray]], list], max_iou: float, most: int
) -> list[dict]:
    """COCO results of the boxes that match no label.

    Args:
        pictures: completely labelled.
        detect: pictures to their boxes, best first.
        max_iou: a box that overlaps more with any label is left out.
        most: of one picture.
    """
    from surgtools.boxes import box_iou_xyxy, xywh_to_xyxy
    from surgtools.datasets.negative_boxes import is_clear_of
    from surgtools.images import read_image
    from surgtools.prediction.suppression import nms_across_categories

    labels: dict[int, list] = {image["id"]: [] for image in pictures.content["images"]}
    for annotation in pictures.content["annotations"]:
        labels[annotation["image_id"]].append(annotation["bbox"])
    rows = []
    for image in pictures.content["images"]:
        found = detect([read_image(pictures.path_of(image))])[0]
        known = xywh_to_xyxy(np.array(labels[image["id"]], np.float32).reshape(-1, 4))
        far = box_iou_xyxy(found.xyxy, known).max(axis=1, initial=0) < max_iou
        # a part of an instrument is none either way: its crop shows the whole
        clear = np.array([is_clear_of(box, known) for box in found.xyxy], bool)
        false = found.subset(far & clear)
        for row in nms_across_categories(false.xyxy, false.scores, _PLACE)[:most]:
            x1, y1, x2, y2 = (round(float(value), 1) for value in false.xyxy[row])
            rows.append(
                {
                    "image_id": image["id"],
                    "category_id": int(false.category_ids[row]),
                    "bbox": [x1, y1, round(x2 - x1, 1), round(y2 - y1, 1)],
                    "score": round(float(false.scores[row]), 4),
                }
            )
    return rows


if __name__ == "__main__":
    sys.exit(main())
