"""One category: its keypoints, and what holds between them."""

from collections import Counter
from dataclasses import dataclass
from numbers import Real

import numpy as np

from surgtools.errors import InputError

DEFAULT_SIGMA = 0.05
"""OKS constant of a keypoint whose annotation spread has not been measured yet."""


@dataclass(frozen=True)
class Category:
    """One kind of thing that is found: its name, its keypoints, and what is known of them.

    A category without keypoints is a box only.

    Attributes:
        id: COCO category id, 0 or more.
        name: COCO category name.
        keypoints: names in the order they have on disk.
        swaps: pairs that trade places when the image is flipped horizontally; each pair is
            (left, right).
        skeleton: pairs of names joined by a line.
        base: the keypoints whose mean starts the axis; empty where an axis makes no sense.
        tips: the keypoints whose mean ends the axis.
        sigmas: OKS constants, in the order of ``keypoints``; 0.05 each when none are given.
        image_sides: whether left and right follow the image: turned so that the tips point up,
            left is the viewer's left. Otherwise they belong to the thing, as a person's left hand.
        supercategory: COCO's name of the group the category belongs to.

    Raises:
        InputError: the parts contradict each other, for example a bone to an unknown keypoint.
    """

    id: int
    name: str
    keypoints: tuple[str, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()
    base: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    sigmas: tuple[float, ...] = ()
    image_sides: bool = False
    supercategory: str = "instrument"

    def __post_init__(self) -> None:
        if not self.sigmas:
            object.__setattr__(self, "sigmas", (DEFAULT_SIGMA,) * len(self.keypoints))
        self._check_names()
        self._check_pairs()
        self._check_sigmas()
        if bool(self.base) != bool(self.tips):
            self._refuse("an axis needs both base and tips; give both or none")
        if self.image_sides and not self.base:
            self._refuse("sides that follow the image need an axis; give base and tips")

    def _refuse(self, what: str) -> None:
        raise InputError(f"category {self.name!r}: {what}")

    def _check_names(self) -> None:
        if type(self.id) is not int or self.id < 0:
            self._refuse(f"id {self.id!r} is no whole number from 0 on; correct it")
        if not isinstance(self.name, str) or not self.name.strip():
            self._refuse("the name is empty; give every category a name")
        odd = [name for name in self.keypoints if not isinstance(name, str) or not name.strip()]
        if odd:
            self._refuse(f"keypoint name {odd[0]!r} is no text; give every keypoint a name")
        twice = [name for name, count in Counter(self.keypoints).items() if count > 1]
        if twice:
            self._refuse(f"keypoint {twice[0]!r} is there twice; every name must be its own")
        for part in ("base", "tips"):
            for name in getattr(self, part):
                self._require_known(name, part)
        for pair in self.skeleton:
            for name in pair:
                self._require_known(name, "skeleton")

    def _require_known(self, name: str, part: str) -> None:
        if name not in self.keypoints:
            known = ", ".join(self.keypoints) or "none"
            self._refuse(f"{part} names keypoint {name!r}, which it lacks; it has {known}")

    def _check_pairs(self) -> None:
        for pair in (*self.swaps, *self.skeleton):
            if len(pair) != 2:
                self._refuse(f"{list(pair)} is no pair; two keypoints are expected")
            if pair[0] == pair[1]:
                self._refuse(f"{pair[0]!r} is paired with itself; name two keypoints")
        names = [name for pair in self.swaps for name in pair]
        for name in names:
            self._require_known(name, "a left/right pair")
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            self._refuse(f"{twice[0]!r} stands in two left/right pairs; one partner is expected")

    def _check_sigmas(self) -> None:
        if len(self.sigmas) != len(self.keypoints):
            self._refuse(f"{len(self.sigmas)} sigmas for {len(self.keypoints)} keypoints")
        for sigma in self.sigmas:
            if not isinstance(sigma, Real) or isinstance(sigma, bool) or not 0 < sigma < np.inf:
                self._refuse(f"sigma {sigma!r} is no number above 0; correct it")

    @property
    def num_keypoints(self) -> int:
        return len(self.keypoints)

    @property
    def has_axis(self) -> bool:
        """Whether base and tips say in which direction the thing points."""
        return bool(self.base)

    def index(self, keypoint: str) -> int:
        """Position of a keypoint in the category's own order."""
        return self.keypoints.index(keypoint)

    @property
    def pivot(self) -> int | None:
        """Position of the one keypoint that has no partner; None where not just one has none."""
        paired = {name for pair in self.swaps for name in pair}
        alone = [i for i, name in enumerate(self.keypoints) if name not in paired]
        return alone[0] if len(alone) == 1 else None

    @property
    def skeleton_indices(self) -> list[tuple[int, int]]:
        """``skeleton`` as positions in the category's own order."""
        return [(self.index(a), self.index(b)) for a, b in self.skeleton]

    @property
    def flip_indices(self) -> list[int]:
        """Own-order permutation that a horizontal flip applies."""
        return flip_indices(self.keypoints, self.swaps)

    def to_category(self) -> dict:
        """The entry of COCO's ``categories``; ``skeleton`` counts from 1, as COCO does."""
        return {
            "id": self.id,
            "name": self.name,
            "supercategory": self.supercategory,
            "keypoints": list(self.keypoints),
            "skeleton": [[a + 1, b + 1] for a, b in self.skeleton_indices],
        }

    def axis_ends(self, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the axis starts and ends: the means of ``base`` and of ``tips``.

        Args:
            keypoints: (..., k, D) of a category with an axis, own order.

        Returns:
            (..., D) each.
        """
        base, tips = (
            keypoints[..., [self.index(name) for name in names], :].mean(axis=-2)
            for names in (self.base, self.tips)
        )
        return base, tips

    def side_offsets(self, keypoints: np.ndarray) -> np.ndarray:
        """How far each keypoint lies to the viewer's right of the axis.

        The axis (``axis_ends``) is turned so that it points up in the image: left is the viewer's
        left.

        Args:
            keypoints: (k, 2+) x, y in image pixels (y grows downwards), own order.

        Returns:
            (k,) signed pixels, negative on the left; zeros without an axis, or when it has no
            length.
        """
        xy = np.asarray(keypoints, dtype=float)[:, :2]
        if not self.has_axis:
            return np.zeros(len(xy))
        base, tips = self.axis_ends(xy)
        axis = tips - base
        length = np.hypot(*axis)
        if length == 0:
            return np.zeros(len(xy))
        right = np.array([-axis[1], axis[0]]) / length
        return (xy - base) @ right

    def order_sides(self, keypoints: np.ndarray) -> np.ndarray:
        """Permutation of own-order keypoints that makes them follow the image-side rule.

        Each left/right pair is ordered on its own; a pair at equal offset keeps its order. Where
        sides belong to the thing, nothing is exchanged.

        Args:
            keypoints: (k, 2+) x, y of all keypoints in image pixels, hidden ones included.

        Returns:
            (k,) indices; ``values[category.order_sides(keypoints)]`` follows the rule.
        """
        order = np.arange(self.num_keypoints)
        if not self.image_sides:
            return order
        offsets = self.side_offsets(keypoints)
        for left, right in self.swaps:
            i, j = self.index(left), self.index(right)
            if offsets[i] > offsets[j]:
                order[[i, j]] = order[[j, i]]
        return order


def flip_indices(names: tuple[str, ...], swaps: tuple[tuple[str, str], ...]) -> list[int]:
    """Position of each name's partner; a name without a partner keeps its own."""
    partner = {a: b for pair in swaps for a, b in (pair, pair[::-1])}
    return [names.index(partner.get(name, name)) for name in names]
