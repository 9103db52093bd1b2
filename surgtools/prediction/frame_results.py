"""From frames and their boxes to the results of frames."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from surgtools.prediction.detection import Detected
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.frame_keypoints import FrameKeypoints
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.sources import Frame, InputProblem, Source
from surgtools.prediction.views import View
from surgtools.taxonomy import Taxonomy


def predict_frames(
    detected: Iterable[Detected],
    find: FrameKeypoints,
    views_of: Callable[[Source], Sequence[View]],
    pose: bool = True,
) -> Iterator[list[FrameResult]]:
    """Batches of results from batches of frames and their boxes.

    Args:
        find: the pose model of the run.
        views_of: how the pictures of a source are shown.
        pose: False reports the boxes; instances then have no keypoints.
    """
    for frames, boxes in detected:
        instances: list[list[Instance]] = []
        pairs = zip(frames, boxes, strict=True)
        for views, group in groupby(pairs, lambda pair: views_of(pair[0].source)):
            some, own = map(list, zip(*group, strict=True))
            if pose:
                instances += find(some, own, views)
            else:
                own = map(find.predictor.suppress_boxes, own)
                instances += [without_keypoints(o, find.predictor.taxonomy) for o in own]
        yield [to_result(f, own) for f, own in zip(frames, instances, strict=True)]


def drop_not_finite(
    results: Iterable[FrameResult], report: Callable[[InputProblem], None]
) -> Iterator[FrameResult]:
    """Leave out frames for which a network answered NaN, as half precision may.

    Args:
        report: told once of each source with such frames, after its last result.
    """
    for source, group in groupby(results, key=lambda result: result.source):
        count = 0
        for result in group:
            if all(instance.is_finite for instance in result.instances):
                yield result
            else:
                count += 1
        if count:
            frames = f"{count} frame{'s' * (count > 1)}"
            message = f"the networks answer no numbers (NaN) for {frames}; try --precision fp32"
            report(InputProblem(source, message, count))


def without_keypoints(boxes: Boxes, taxonomy: Taxonomy) -> list[Instance]:
    """Boxes alone as instances of one picture."""
    rows = zip(boxes.category_ids, boxes.xyxy, boxes.scores, strict=True)
    none = np.zeros(0)
    return [
        Instance(
            int(category), xyxy, float(score), np.zeros((0, 2)), none, none, taxonomy=taxonomy
        )
        for category, xyxy, score in rows
    ]


def to_result(frame: Frame, instances: list[Instance]) -> FrameResult:
    """What is reported of a frame."""
    height, width = frame.image.shape[:2]
    return FrameResult(
        source=frame.source.name,
        kind="video" if frame.source.is_video else "image",
        width=width,
        height=height,
        instances=instances,
        frame_id=frame.frame_id,
        time_s=frame.time_s,
        image_id=frame.image_id,
        image=frame.image,
        stem=frame.source.stem,
    )
