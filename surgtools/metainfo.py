"""Instruments, their keypoints, and the only translator between disk and memory.

On disk every category has its own keypoints (COCO). In memory all categories share one *union*
layout of K slots, ordered by category id and then by the category's own order. Adding an
instrument is one entry in ``INSTRUMENTS``.

Shapes: N instances, k keypoints of one category, K slots of the union.
"""

from dataclasses import dataclass, field

import numpy as np

from surgtools.errors import InputError

DEFAULT_SIGMA = 0.05
"""OKS constant of a keypoint whose annotation spread has not been measured yet."""


@dataclass(frozen=True)
class Instrument:
    """One category: its keypoints and what holds between them.

    Attributes:
        id: COCO category id, from 1.
        name: COCO category name.
        keypoints: names in the order they have on disk.
        swaps: pairs that trade places when the image is flipped horizontally; each pair is
            (left, right).
        skeleton: pairs of names joined by a line.
        base: the keypoints whose mean starts the instrument's axis.
        tips: the keypoints whose mean ends it.
        sigmas: OKS constants, in the order of ``keypoints``.
    """

    id: int
    name: str
    keypoints: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...]
    skeleton: tuple[tuple[str, str], ...]
    base: tuple[str, ...]
    tips: tuple[str, ...]
    sigmas: tuple[float, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.sigmas:
            object.__setattr__(self, "sigmas", (DEFAULT_SIGMA,) * len(self.keypoints))

    @property
    def num_keypoints(self) -> int:
        return len(self.keypoints)

    def index(self, keypoint: str) -> int:
        """Position of a keypoint in the category's own order."""
        return self.keypoints.index(keypoint)

    @property
    def skeleton_indices(self) -> list[tuple[int, int]]:
        """``skeleton`` as positions in the category's own order."""
        return [(self.index(a), self.index(b)) for a, b in self.skeleton]

    @property
    def flip_indices(self) -> list[int]:
        """Own-order permutation that a horizontal flip applies."""
        return _flip_indices(self.keypoints, self.swaps)

    def to_category(self) -> dict:
        """The entry of COCO's ``categories``; ``skeleton`` counts from 1, as COCO does."""
        return {
            "id": self.id,
            "name": self.name,
            "supercategory": "instrument",
            "keypoints": list(self.keypoints),
            "skeleton": [[a + 1, b + 1] for a, b in self.skeleton_indices],
        }


def _flip_indices(names: tuple[str, ...], swaps: tuple[tuple[str, str], ...]) -> list[int]:
    partner = {a: b for pair in swaps for a, b in (pair, pair[::-1])}
    return [names.index(partner.get(name, name)) for name in names]


INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument(
        id=1,
        name="needle_holder",
        keypoints=("joint", "left_handle", "left_tip", "right_handle", "right_tip"),
        swaps=(("left_handle", "right_handle"), ("left_tip", "right_tip")),
        skeleton=(
            ("joint", "left_handle"),
            ("joint", "right_handle"),
            ("joint", "left_tip"),
            ("joint", "right_tip"),
        ),
        base=("left_handle", "right_handle"),
        tips=("left_tip", "right_tip"),
    ),
    Instrument(
        id=2,
        name="tweezers",
        keypoints=("handle_end", "left_arm", "left_tip", "right_arm", "right_tip"),
        swaps=(("left_arm", "right_arm"), ("left_tip", "right_tip")),
        skeleton=(
            ("handle_end", "left_arm"),
            ("left_arm", "left_tip"),
            ("handle_end", "right_arm"),
            ("right_arm", "right_tip"),
        ),
        base=("handle_end",),
        tips=("left_tip", "right_tip"),
    ),
)

CLASSES: tuple[str, ...] = tuple(i.name for i in INSTRUMENTS)
"""Category names in label order: label 0 is ``CLASSES[0]``."""

UNION_KEYPOINTS: tuple[str, ...] = tuple(f"{i.name}.{k}" for i in INSTRUMENTS for k in i.keypoints)
"""Slot names; the prefix keeps them unique, which the host's flip table needs."""

NUM_SLOTS: int = len(UNION_KEYPOINTS)


def get_instrument(category: int | str) -> Instrument:
    """Look an instrument up by category id or name.

    Raises:
        InputError: no such category.
    """
    for instrument in INSTRUMENTS:
        if category in (instrument.id, instrument.name):
            return instrument
    known = ", ".join(f"{i.id} {i.name}" for i in INSTRUMENTS)
    raise InputError(
        f"category {category!r} is unknown; surgtools knows {known}; "
        "rename it in the file or add an entry to surgtools/metainfo.py"
    )


def category_to_label(category_id: int) -> int:
    """Category id (from 1, on disk) to label (from 0, in the network)."""
    return INSTRUMENTS.index(get_instrument(category_id))


def label_to_category(label: int) -> int:
    """Label (from 0, in the network) to category id (from 1, on disk)."""
    return INSTRUMENTS[label].id


def slots_of(category_id: int) -> slice:
    """The slots of the union layout that one category owns."""
    label = category_to_label(category_id)
    start = sum(i.num_keypoints for i in INSTRUMENTS[:label])
    return slice(start, start + INSTRUMENTS[label].num_keypoints)


def to_union(keypoints: np.ndarray, category_id: int) -> np.ndarray:
    """Place one category's keypoints in the slots they own in the union layout.

    Args:
        keypoints: (N, k, D) per-keypoint values, for example x, y in image pixels and v.
        category_id: COCO category id, see ``INSTRUMENTS``.

    Returns:
        (N, K, D) of the same type; foreign slots are zero, hence v = 0. Empty in, empty out.

    Raises:
        InputError: k is not the number of keypoints the category defines.
    """
    keypoints = np.asarray(keypoints)
    instrument = get_instrument(category_id)
    if keypoints.ndim != 3 or keypoints.shape[1] != instrument.num_keypoints:
        raise InputError(
            f"keypoints of shape {keypoints.shape} given; {instrument.name} defines "
            f"{instrument.num_keypoints}, hence (N, {instrument.num_keypoints}, D) is expected"
        )
    union = np.zeros((len(keypoints), NUM_SLOTS, keypoints.shape[2]), dtype=keypoints.dtype)
    union[:, slots_of(category_id)] = keypoints
    return union


def from_union(union: np.ndarray, category_id: int) -> np.ndarray:
    """Take one category's keypoints out of the union layout.

    Args:
        union: (N, K, ...) per-slot values.

    Returns:
        (N, k, ...) in the category's own order.

    Raises:
        InputError: the second dimension is not K.
    """
    union = np.asarray(union)
    if union.ndim < 2 or union.shape[1] != NUM_SLOTS:
        raise InputError(f"array of shape {union.shape} given; (N, {NUM_SLOTS}, ...) is expected")
    return union[:, slots_of(category_id)]


def side_offsets(keypoints: np.ndarray, category_id: int) -> np.ndarray:
    """How far each keypoint lies to the viewer's right of the instrument's axis.

    The axis runs from the mean of ``base`` to the mean of ``tips``; turned so that it points up
    in the image, left is the viewer's left.

    Args:
        keypoints: (k, 2+) x, y in image pixels (y grows downwards), own order.

    Returns:
        (k,) signed pixels, negative on the left; zeros when the axis has no length.
    """
    xy = np.asarray(keypoints, dtype=float)[:, :2]
    instrument = get_instrument(category_id)
    base = xy[[instrument.index(name) for name in instrument.base]].mean(axis=0)
    tips = xy[[instrument.index(name) for name in instrument.tips]].mean(axis=0)
    axis = tips - base
    length = np.hypot(*axis)
    if length == 0:
        return np.zeros(len(xy))
    right = np.array([-axis[1], axis[0]]) / length
    return (xy - base) @ right


def order_sides(keypoints: np.ndarray, category_id: int) -> np.ndarray:
    """Permutation of own-order keypoints that makes them follow the image-side rule.

    Each left/right pair is ordered on its own; a pair at equal offset keeps its order.

    Args:
        keypoints: (k, 2+) x, y of all keypoints in image pixels, hidden ones included.

    Returns:
        (k,) indices; ``values[order_sides(keypoints, category_id)]`` follows the rule.
    """
    instrument = get_instrument(category_id)
    offsets = side_offsets(keypoints, category_id)
    order = np.arange(instrument.num_keypoints)
    for left, right in instrument.swaps:
        i, j = instrument.index(left), instrument.index(right)
        if offsets[i] > offsets[j]:
            order[[i, j]] = order[[j, i]]
    return order


def union_flip_indices() -> list[int]:
    """(K,) permutation of slots that a horizontal flip applies."""
    swaps = tuple(
        (f"{i.name}.{left}", f"{i.name}.{right}") for i in INSTRUMENTS for left, right in i.swaps
    )
    return _flip_indices(UNION_KEYPOINTS, swaps)


_COLORS = ((255, 128, 0), (0, 153, 255), (51, 204, 102), (255, 51, 153), (153, 102, 255))


def _host_metainfo() -> dict:
    """The union as the host's ``metainfo`` dict (see ``mmpose.datasets.datasets.utils``)."""
    partner = union_flip_indices()
    keypoint_info, skeleton_info = {}, {}
    for instrument in INSTRUMENTS:
        for own, name in enumerate(instrument.keypoints):
            slot = len(keypoint_info)
            swap = UNION_KEYPOINTS[partner[slot]]
            keypoint_info[slot] = {
                "name": UNION_KEYPOINTS[slot],
                "id": slot,
                "color": list(_COLORS[own % len(_COLORS)]),
                "type": "upper" if name in instrument.tips else "lower",
                "swap": swap if swap != UNION_KEYPOINTS[slot] else "",
            }
        for a, b in instrument.skeleton:
            bone = len(skeleton_info)
            link = (f"{instrument.name}.{a}", f"{instrument.name}.{b}")
            skeleton_info[bone] = {"link": link, "id": bone, "color": [200, 200, 200]}
    return {
        "dataset_name": "surgical_instruments",
        "classes": CLASSES,
        "keypoint_info": keypoint_info,
        "skeleton_info": skeleton_info,
        "joint_weights": [1.0] * NUM_SLOTS,
        "sigmas": [s for i in INSTRUMENTS for s in i.sigmas],
    }


METAINFO: dict = _host_metainfo()
"""For the host: ``dataset=dict(metainfo=METAINFO)``."""
