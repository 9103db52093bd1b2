"""A second pose network that confirms what is found in a quiet picture.

One network knows instruments in gloved hands, another knows those that lie on a table, and the
scissors that lie there, too. Neither tells the kind of a picture, but the detector does: on a
table it proposes few boxes, in an operating field many. So where there are few, both must believe
in an instrument, and neither may see one of its ends elsewhere.

Shapes: N instances or boxes, C categories, k keypoints of a category.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes, PoseBackend
from surgtools.prediction.pose_estimator import PoseEstimator
from surgtools.prediction.postprocess import sigmoid
from surgtools.prediction.results import Instance

TORN = 0.6
"""How much two networks may contradict each other about one keypoint, see ``is_torn``. Of
instruments on tables none is above 0.18; a blade and a scalpel's handle, told as tweezers, have
0.74 and 0.81."""


@dataclass(frozen=True)
class SecondOpinion:
    """A network that is asked, too, and when.

    Attributes:
        backend: a pose network that tells presence.
        most_boxes: a picture in which the detector proposes more boxes is not quiet.
        counted_from: lowest score of a box that counts.
    """

    backend: PoseBackend
    most_boxes: int
    counted_from: float

    def is_asked(self, boxes: Boxes) -> bool:
        """Whether a picture is quiet, by all boxes that the detector proposes in it."""
        return bool(np.sum(boxes.scores >= self.counted_from) <= self.most_boxes)


class Confirmation:
    """Ask the second network about the instances of a picture.

    It sees each crop as it is and mirrored, and in pictures turned by quarters, too; the mean of
    its logits counts. Its answer joins the score as another presence, see ``join_scores``: the
    score is the root of the detector's score times both probabilities. Where both agree on the
    place but for an end that each sees elsewhere (``is_torn``), there is no such instrument, and
    the score becomes 0.

    Args:
        opinion: the network, and when it is asked.
        max_batch: crops that go through it at once.
    """

    def __init__(self, opinion: SecondOpinion, max_batch: int = 32) -> None:
        self.opinion = opinion
        self.estimator = PoseEstimator(opinion.backend, max_batch=max_batch)

    def __call__(
        self, image: np.ndarray, instances: Sequence[Instance], turned: bool = True
    ) -> list[Instance]:
        """The same instances in the same order, with new scores; those without keypoints stay.

        Args:
            image: (H, W, 3) BGR uint8.
            turned: whether crops are turned, which takes four times the time.
        """
        rows = [row for row, own in enumerate(instances) if len(own.keypoints)]
        if not rows:
            return list(instances)
        asked = [instances[row] for row in rows]
        boxes = Boxes(
            np.stack([own.bbox for own in asked]),
            np.array([own.bbox_score for own in asked]),
            np.array([own.category_id for own in asked]),
        )
        presence, seen = self.look(image, boxes, turned)
        confirmed = list(instances)
        for row, own, other, present in zip(rows, asked, seen, presence, strict=True):
            score = 0.0 if is_torn(own, other) else float(own.bbox_score * np.sqrt(present))
            confirmed[row] = own.changed(bbox_score=score)
        return confirmed

    def look(
        self, image: np.ndarray, boxes: Boxes, turned: bool = True
    ) -> tuple[np.ndarray, list[Instance]]:
        """(N,) probabilities that each box holds an instrument of its category, and what the
        network sees in each crop as it is."""
        windows, crops = self.estimator.cut([image], [boxes])
        height, width = crops[0].shape[:2]
        # A crop that is not square keeps its shape in half a turn only.
        turns = range(0, 4, 1 if height == width else 2) if turned else (0,)
        looks = [
            self.estimator.look([np.ascontiguousarray(np.rot90(c, turn)) for c in crops], mirror)
            for turn in turns
            for mirror in (False, True)
        ]
        logits = np.mean([raw.presence for raw in looks], axis=0)
        (seen,) = self.estimator.postprocess([boxes], windows, looks[0])
        taxonomy = self.estimator.backend.spec.taxonomy
        labels = [taxonomy.label_of(int(category_id)) for category_id in boxes.category_ids]
        return sigmoid(logits[np.arange(len(boxes)), labels]), seen


def is_torn(own: Instance, other: Instance) -> bool:
    """Whether two networks agree on most keypoints of an instrument, and contradict each other
    about one that both say is visible.

    Where they agree on nothing, one of them may simply not know the scene; where a hidden keypoint
    is, nobody knows. But a visible end is in one place.

    Args:
        own, other: of one box and category, k keypoints each.
    """
    if own.keypoints.shape != other.keypoints.shape or not len(own.keypoints):
        return False
    area = max(float(np.prod(own.bbox[2:] - own.bbox[:2])), 1.0)
    squared = ((own.keypoints - other.keypoints) ** 2).sum(axis=1)
    similar = np.exp(-squared / (2 * area * (2 * np.array(own.category.sigmas)) ** 2))
    contradicted = np.minimum(own.keypoint_visible, other.keypoint_visible) * (1 - similar)
    return bool(np.median(similar) > 0.5 and contradicted.max() > TORN)


def read_second_opinion(
    settings: Mapping[str, Any], where: object, open_network: Callable[..., PoseBackend]
) -> SecondOpinion | None:
    """What ``second_opinion`` in a config or in ``meta.json`` names; None where it names nothing.

    Args:
        where: the file, for messages.
        open_network: what is named to its network.

    Raises:
        InputError: a limit is missing or no number, or the network tells no presence.
    """
    named = settings.get("second_opinion")
    if not named:
        return None
    most, lowest = named.get("most_boxes"), named.get("counted_from")
    if type(most) is not int or type(lowest) not in (int, float) or most < 0:
        raise InputError(
            f"{where}: `second_opinion` needs the numbers `most_boxes`, 0 or more, and "
            "`counted_from`: how many boxes from which score on a picture may have to be a quiet "
            f"one; {most!r} and {lowest!r} were given"
        )
    backend = open_network(named)
    if not backend.spec.has_presence:
        raise InputError(
            f"{where}: the network of `second_opinion` does not say whether a crop shows an "
            "instrument; name one with presence"
        )
    return SecondOpinion(backend, most, float(lowest))
