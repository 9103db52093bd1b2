"""All categories together: their order, and the memory layout that their keypoints share.

Categories with the same keypoints, such as 54 species of animals, share the same slots; a network
then learns one eye, not 54. All others have slots of their own.

Shapes: N instances, k keypoints of one category, K slots of the union.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surgtools.errors import InputError
from surgtools.taxonomy.category import Category, flip_indices
from surgtools.taxonomy.plain_categories import from_plain, to_plain

_COLORS = ((255, 128, 0), (0, 153, 255), (51, 204, 102), (255, 51, 153), (153, 102, 255))


@dataclass(frozen=True)
class Taxonomy:
    """The categories of a dataset, a network or a file of predictions, as one value.

    Two taxonomies are equal when all their parts are; nothing of it is global, so that networks of
    different taxonomies live in one process.

    Attributes:
        name: what the user sees of it in reports.
        categories: in label order: label 0 is the first. Ids need not be dense or ordered.

    Raises:
        InputError: no category, or two of one id or one name.
    """

    name: str
    categories: tuple[Category, ...]

    def __post_init__(self) -> None:
        if not self.categories:
            raise InputError(f"taxonomy {self.name!r} has no category; name at least one")
        for field in ("id", "name"):
            counts = Counter(getattr(category, field) for category in self.categories)
            twice = [value for value, count in counts.items() if count > 1]
            if twice:
                raise InputError(
                    f"taxonomy {self.name!r} has two categories of {field} {twice[0]!r}; "
                    "give each its own"
                )

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Category names in label order."""
        return tuple(category.name for category in self.categories)

    @cached_property
    def _slots(self) -> dict[int, slice]:
        """Category id to its slots; a box-only category has an empty slice."""
        taken: dict[tuple, slice] = {}
        slots, end = {}, 0
        for category in self.categories:
            layout = (category.keypoints, category.swaps)
            if layout not in taken:
                taken[layout] = slice(end, end + category.num_keypoints)
                end += category.num_keypoints
            slots[category.id] = taken[layout]
        return slots

    @cached_property
    def _owners(self) -> tuple[Category, ...]:
        """One category for every run of slots, in slot order: the first that has it."""
        seen, owners = set(), []
        for category in self.categories:
            start = self._slots[category.id].start
            if category.keypoints and start not in seen:
                seen.add(start)
                owners.append(category)
        return tuple(owners)

    @cached_property
    def union_keypoints(self) -> tuple[str, ...]:
        """(K,) slot names; the prefix keeps them unique, which the host's flip table needs."""
        return tuple(f"{owner.name}.{name}" for owner in self._owners for name in owner.keypoints)

    @property
    def num_slots(self) -> int:
        """K, the number of slots of the union layout."""
        return len(self.union_keypoints)

    @cached_property
    def sigmas(self) -> tuple[float, ...]:
        """(K,) OKS constants of the slots, each from the first category that owns the slot."""
        return tuple(sigma for owner in self._owners for sigma in owner.sigmas)

    def get(self, category: int | str, where: str = "") -> Category:
        """Look a category up by id or name.

        Args:
            where: starts the message, for example the file and the row.

        Raises:
            InputError: no such category.
        """
        for own in self.categories:
            if category in (own.id, own.name) and type(category) in (int, str, np.int64):
                return own
        known = ", ".join(f"{own.id} {own.name}" for own in self.categories)
        raise InputError(
            f"{where}{': ' if where else ''}category {category!r} is unknown; taxonomy "
            f"{self.name!r} knows {known}; rename it in the file, or give the taxonomy that has "
            "it with --taxonomy"
        )

    def label_of(self, category_id: int) -> int:
        """Category id (on disk) to label (from 0, in the network)."""
        return self.categories.index(self.get(category_id))

    def category_of(self, label: int) -> int:
        """Label (from 0, in the network) to category id (on disk)."""
        return self.categories[label].id

    def slots_of(self, category_id: int) -> slice:
        """The slots of the union layout that one category answers in."""
        return self._slots[self.get(category_id).id]

    def to_union(self, keypoints: np.ndarray, category_id: int) -> np.ndarray:
        """Place one category's keypoints in its slots of the union layout.

        Args:
            keypoints: (N, k, D) per-keypoint values, for example x, y in image pixels and v.
            category_id: COCO category id.

        Returns:
            (N, K, D) of the same type; foreign slots are zero, hence v = 0. Empty in, empty out.

        Raises:
            InputError: k is not the number of keypoints the category defines.
        """
        keypoints = np.asarray(keypoints)
        category = self.get(category_id)
        if keypoints.ndim != 3 or keypoints.shape[1] != category.num_keypoints:
            raise InputError(
                f"keypoints of shape {keypoints.shape} given; {category.name} defines "
                f"{category.num_keypoints}, hence (N, {category.num_keypoints}, D) is expected"
            )
        union = np.zeros((len(keypoints), self.num_slots, keypoints.shape[2]), keypoints.dtype)
        union[:, self.slots_of(category_id)] = keypoints
        return union

    def from_union(self, union: np.ndarray, category_id: int) -> np.ndarray:
        """Take one category's keypoints out of the union layout.

        Args:
            union: (N, K, ...) per-slot values.

        Returns:
            (N, k, ...) in the category's own order.

        Raises:
            InputError: the second dimension is not K.
        """
        union = np.asarray(union)
        if union.ndim < 2 or union.shape[1] != self.num_slots:
            raise InputError(
                f"array of shape {union.shape} given; (N, {self.num_slots}, ...) is expected"
            )
        return union[:, self.slots_of(category_id)]

    @cached_property
    def union_flip_indices(self) -> list[int]:
        """(K,) permutation of slots that a horizontal flip applies."""
        swaps = tuple(
            (f"{owner.name}.{left}", f"{owner.name}.{right}")
            for owner in self._owners
            for left, right in owner.swaps
        )
        return flip_indices(self.union_keypoints, swaps)

    def to_coco_categories(self) -> list[dict]:
        """COCO's ``categories``, in label order."""
        return [category.to_category() for category in self.categories]

    def to_dict(self) -> dict:
        """Plain values for JSON, YAML, configs and checkpoints; ``from_dict`` reads them back."""
        return {"name": self.name, "categories": [to_plain(c) for c in self.categories]}

    @classmethod
    def from_dict(cls, values: Mapping) -> "Taxonomy":
        """The taxonomy that ``to_dict`` wrote.

        Raises:
            InputError: a part is missing, unknown or of another type.
        """
        if not isinstance(values, Mapping) or not isinstance(values.get("categories"), list):
            raise InputError("a taxonomy is a table with name and a list of categories")
        categories = tuple(from_plain(row) for row in values["categories"])
        return cls(str(values.get("name", "unnamed")), categories)

    def to_metainfo(self) -> dict:
        """The union as the host's ``metainfo`` dict, and the taxonomy itself under its name.

        Source: mmpose.datasets.datasets.utils.parse_pose_metainfo.
        """
        keypoint_info, skeleton_info = {}, {}
        for owner in self._owners:
            for own, name in enumerate(owner.keypoints):
                slot = len(keypoint_info)
                swap = self.union_keypoints[self.union_flip_indices[slot]]
                keypoint_info[slot] = {
                    "name": self.union_keypoints[slot],
                    "id": slot,
                    "color": list(_COLORS[own % len(_COLORS)]),
                    "type": "upper" if name in owner.tips else "lower",
                    "swap": swap if swap != self.union_keypoints[slot] else "",
                }
            for a, b in owner.skeleton:
                bone = len(skeleton_info)
                link = (f"{owner.name}.{a}", f"{owner.name}.{b}")
                skeleton_info[bone] = {"link": link, "id": bone, "color": [200, 200, 200]}
        return {
            "dataset_name": self.name,
            "classes": self.classes,
            "keypoint_info": keypoint_info,
            "skeleton_info": skeleton_info,
            "joint_weights": [1.0] * self.num_slots,
            "sigmas": list(self.sigmas),
        }
