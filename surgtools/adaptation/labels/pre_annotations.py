"""What the networks say of suggested frames, for a person to correct."""

import math
from collections.abc import Sequence

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.pseudo_labels import add_label
from surgtools.adaptation.labels.selection.overlap import one_per_place
from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.settings import SCORE_THR


def pre_annotate(pool: FramePool, proposals: Proposals, frames: Sequence[int]) -> CocoBuilder:
    """The frames with the instruments that ``predict`` would report, one for each place.

    All keypoints of an instrument are there, sure or not: a person moves a wrong one faster than
    a missing one is made.

    Args:
        pool: where the pictures are; ``file_name`` is relative to its ``images``.
        proposals: of frames of the pool, these among them.
        frames: positions, in the order of the file.
    """
    builder = CocoBuilder({"description": "to be corrected"}, proposals.taxonomy.categories)
    surest = one_per_place(
        proposals.frames,
        proposals.category_ids,
        proposals.boxes,
        proposals.axes,
        proposals.scores,
        rival=math.inf,
    )
    for index in frames:
        frame = pool.frames[index]
        image_id = builder.add_image(frame.file_name, frame.width, frame.height)
        own = (proposals.frames == index) & surest.keep & (proposals.scores >= SCORE_THR)
        for number in own.nonzero()[0]:
            add_label(builder, pool, proposals, number, image_id, 0.0, "soft")
    for row in builder.annotations:  # of a round; labelling tools have no place for them
        del row["statistics"], row["keypoint_weights"]
    return builder
