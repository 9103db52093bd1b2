"""Ids, steadiness and the price of ``--det-interval`` on rendered videos with known tracks.

Every clip goes through the whole of ``surgtools predict``, once per setting, and is held against
its labels. Prints a Markdown table; ``--out`` writes the figures as JSON.

    surgtools generate theatre --out data/clips --split test --num 800 --video 200 --seed 31
    python benchmarks/tracking.py data/clips --out tracking.json
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.cli.model_arguments import add_model_arguments, models_of  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.evaluation.track_scores import ScoredVideo, score_tracks  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.prediction import Inferencer, VideoSettings  # noqa: E402
from surgtools.prediction.results import FrameResult  # noqa: E402
from surgtools.prediction.video import VideoReader  # noqa: E402

COLUMNS = {
    "idf1": "IDF1",
    "id_switches": "id switches",
    "switches_per_minute": "per minute",
    "recall": "recall",
    "keypoint_px": "keypoint error, px",
    "jitter_px": "jitter, px",
    "keypoint_AP": "keypoint AP",
    "AP_lost": "AP lost",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "data", nargs="+", type=Path, help="folders of `surgtools generate --video`"
    )
    parser.add_argument("--split", default="test")
    parser.add_argument("--intervals", nargs="+", type=int, default=[1, 2, 4], metavar="N")
    parser.add_argument("--max-frames", type=int, help="of each clip")
    add_model_arguments(parser)
    parser.add_argument("--no-flip-test", dest="flip_test", action="store_false", default=None)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    args = parser.parse_args()
    try:
        clips = [clip for folder in args.data for clip in find_clips(folder / args.split)]
        inferencer = Inferencer(models=models_of(args), flip_test=args.flip_test)
        rows = measure(inferencer, clips, args.intervals, args.max_frames)
    except InputError as error:
        print(f"tracking.py: {error}", file=sys.stderr)
        return 2
    frames = rows[0]["frames"]
    print(f"{len(clips)} clips, {frames} frames, {rows[0]['seconds']:.1f} s of video\n")
    print(to_markdown(rows))
    if args.out:
        clip_names = [str(path) for path, _ in clips]
        write_json(args.out, {"models": inferencer.models, "clips": clip_names, "rows": rows})
    return 0


def find_clips(split: Path) -> list[tuple[Path, dict]]:
    """Each clip of a split with the part of the labels that is about it.

    Raises:
        InputError: the split holds no clips.
    """
    content = load_coco(split / "coco_keypoints.json")
    clips = []
    for path in sorted(split.glob("clip_*.mp4")):
        video_id = int(path.stem.removeprefix("clip_")) + 1
        images = [image for image in content["images"] if image.get("video_id") == video_id]
        kept = {image["id"] for image in images}
        annotations = [a for a in content["annotations"] if a["image_id"] in kept]
        clips.append((path, content | {"images": images, "annotations": annotations}))
    if not clips:
        raise InputError(f"{split}: holds no clips; make some with `surgtools generate --video`")
    return clips


def measure(
    inferencer: Inferencer,
    clips: Sequence[tuple[Path, dict]],
    intervals: Sequence[int],
    max_frames: int | None = None,
) -> list[dict]:
    """One row per detector interval, without and with smoothing."""
    rows: list[dict] = []
    for interval, smooth in product(intervals, (False, True)):
        settings = VideoSettings(smooth=smooth, det_interval=interval, max_frames=max_frames)
        row = {"det_interval": interval, "smooth": smooth, **score(inferencer, clips, settings)}
        first = next((r for r in rows if r["smooth"] == smooth), row)
        row["AP_lost"] = first["keypoint_AP"] - row["keypoint_AP"]
        rows.append(row)
    return rows


def score(
    inferencer: Inferencer, clips: Sequence[tuple[Path, dict]], settings: VideoSettings
) -> dict:
    """Run every clip and score all of them together."""
    videos: list[ScoredVideo] = []
    truth: dict = {"images": [], "annotations": []}
    results: list[dict] = []
    for path, labels in clips:
        frames = list(inferencer(path, video=settings))
        with VideoReader(str(path)) as reader:
            seconds = len(frames) / reader.fps
        own = list(pair_frames(frames, labels, offset=len(truth["images"])))
        for image, annotations, found in own:
            truth["images"].append(image)
            truth["annotations"] += annotations
            results += found
        videos.append(ScoredVideo([o[1] for o in own], [o[2] for o in own], seconds))
    truth["categories"] = clips[0][1]["categories"]
    for number, annotation in enumerate(truth["annotations"], start=1):
        annotation["id"] = number
    summary = evaluate(truth, results, EvaluationSettings(bootstrap=0))["summary"]
    return {
        "frames": len(truth["images"]),
        "seconds": sum(video.seconds for video in videos),
        **score_tracks(videos).to_dict(),
        "keypoint_AP": summary["keypoint_AP"],
    }


def pair_frames(
    frames: Sequence[FrameResult], labels: Mapping, offset: int
) -> Iterator[tuple[dict, list[dict], list[dict]]]:
    """Image, annotations and COCO results of each frame, images numbered from ``offset`` + 1."""
    by_frame = {image["frame_id"]: image for image in labels["images"]}
    by_image = defaultdict(list)
    for annotation in labels["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    for number, frame in enumerate(frames, start=offset + 1):
        image = by_frame[frame.frame_id]
        found = [
            instance.to_coco(number) | {"track_id": instance.track_id}
            for instance in frame.instances
        ]
        truth = [a | {"image_id": number} for a in by_image[image["id"]]]
        yield image | {"id": number}, truth, found


def to_markdown(rows: Sequence[Mapping]) -> str:
    """The table of the rows."""
    lines = [
        f"| detector every | smoothing | {' | '.join(COLUMNS.values())} |",
        "|" + "---|" * (len(COLUMNS) + 2),
    ]
    for row in rows:
        cells = [f"{row['det_interval']} frames", "on" if row["smooth"] else "off"]
        for name in COLUMNS:
            value = row[name]
            whole = isinstance(value, int)
            cells.append("-" if value is None else str(value) if whole else f"{value:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
