"""Have a pair label pictures and video, as a dataset that a one-stage student learns from.

python tools/label_for_student.py photos/ clip.mp4 --models accurate --out data/labelled

Soft labels keep every keypoint, weighed by the pair's score of it; hard ones keep those of a
score of at least `--keypoint-thr`, in full. Scores of keypoints are shares of the one that a tenth
of them exceed: a pair that is sure says 0.3, and its label counts as much as that of a render.
Pictures in which the pair finds nothing are left out, since it may have missed an instrument.
Then `surgtools train` with a config `one_stage/..._distil-...` and `--data data/labelled`.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from surgtools.cli.output_arguments import folder_to_write  # noqa: E402
from surgtools.cli.ranges import real, whole  # noqa: E402
from surgtools.errors import InputError  # noqa: E402

BATCH = 4
SURE = 90
"""Percentile of the scores that counts as sure."""


def main() -> int:
    """Label, write, say how many; 3 where an input could not be used."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", help="pictures, folders, globs, videos")
    parser.add_argument("--models", default="accurate", help="the pair that labels")
    parser.add_argument(
        "--out", required=True, type=folder_to_write, help="dataset folder to write"
    )
    parser.add_argument("--split", default="train", help="its part")
    parser.add_argument("--labels", choices=("hard", "soft"), default="soft")
    parser.add_argument("--bbox-thr", type=real("[0, 1]"), default=0.5, help="of an instrument")
    parser.add_argument(
        "--keypoint-thr", type=real("[0, inf)"), default=0.5, help="of a hard label"
    )
    parser.add_argument(
        "--stride", type=whole("[1, inf)"), default=1, help="of a video take every N-th frame"
    )
    parser.add_argument("--max-frames", type=whole("[1, inf)"), help="of a video at most so many")
    parser.add_argument(
        "--keep-empty",
        action="store_true",
        help="keep pictures in which the pair finds nothing: they teach that nothing is there",
    )
    args = parser.parse_args()
    try:
        builder, left_out, problems = label(args)
    except InputError as error:
        print(f"label_for_student: {error}", file=sys.stderr)
        return 2
    rest = f"; {left_out} without one left out" if left_out else ""
    count = f"{len(builder.images)} pictures, {len(builder.annotations)} instruments"
    print(f"{count}{rest} -> {args.out}")
    for problem in problems:
        print(f"label_for_student: {problem.source}: {problem.message}", file=sys.stderr)
    return 3 if problems else 0


def label(args: argparse.Namespace):
    """Write pictures and labels.

    Returns:
        The builder that holds them, how many pictures without an instrument were left out, and
        the inputs that could not be used.

    Raises:
        InputError: the models cannot be used, no source holds a picture, no picture is left, or
            ``--out`` holds a dataset.
    """
    from surgtools.annotations.coco import CocoBuilder
    from surgtools.dataset_folder import annotation_file
    from surgtools.prediction import Inferencer, VideoSettings
    from surgtools.prediction.image_writer import write_image
    from surgtools.taxonomy import SURGICAL
    from surgtools.taxonomy.files import FILE_NAME, write_taxonomy

    target = annotation_file(args.out, args.split)
    if target.exists():
        raise InputError(f"{target}: is there already; choose another --out")
    video = VideoSettings(stride=args.stride, max_frames=args.max_frames)
    inferencer = Inferencer(models=args.models, bbox_thr=args.bbox_thr, batch_size=BATCH)
    taxonomy = inferencer.predictor.taxonomy
    info = {"description": "labels of a pair of networks, not of a person", "labels": args.labels}
    builder = CocoBuilder(info, taxonomy.categories)
    found, left_out = [], 0
    for number, result in enumerate(inferencer(args.sources, keep_images=True, video=video)):
        if not (result.instances or args.keep_empty):
            left_out += 1
            continue
        height, width = result.image.shape[:2]
        name = f"{number:06d}.jpg"
        write_image(target.parent / "images" / name, result.image, quality=95)
        image_id = builder.add_image(name, width, height)
        found += [(image_id, instance, (width, height)) for instance in result.instances]
    if not builder.images:
        problems = "; ".join(f"{p.source}: {p.message}" for p in inferencer.problems)
        if left_out:
            raise InputError(
                f"no instrument was found in any of {left_out} pictures; lower --bbox-thr, or "
                "give --keep-empty"
            )
        raise InputError(problems or "no picture was found; name pictures, folders or videos")
    scores = [score for _, instance, _ in found for score in instance.keypoint_scores]
    sure = max(float(np.percentile(scores, SURE)), 1e-6) if scores else 1.0
    for image_id, instance, size in found:
        add(builder, image_id, instance, size, sure, args)
    if taxonomy.categories != SURGICAL.categories:
        write_taxonomy(taxonomy, args.out / FILE_NAME)
    builder.write(target)
    return builder, left_out, inferencer.problems


def add(
    builder, image_id: int, instance, size: tuple[int, int], sure: float, args: argparse.Namespace
) -> None:
    """One instance as an annotation; a keypoint whose score is `sure` counts in full."""
    scores = np.clip(np.asarray(instance.keypoint_scores) / sure, 0, 1)
    visibility = np.where(instance.keypoint_visible >= 0.5, 2, 1)
    inside = ((instance.keypoints >= 0) & (instance.keypoints < size)).all(axis=1)
    soft = args.labels == "soft"
    counts = inside & (True if soft else scores >= args.keypoint_thr)
    x1, y1, x2, y2 = (float(side) for side in instance.bbox)
    builder.add_annotation(
        image_id,
        instance.category_id,
        np.column_stack([instance.keypoints, np.where(counts, visibility, 0)]),
        (x1, y1, x2 - x1, y2 - y1),
        score=round(float(instance.bbox_score), 4),
        **({"keypoint_weights": scores.round(4).tolist()} if soft else {}),
    )


if __name__ == "__main__":
    sys.exit(main())
