"""What ``data check`` can find: a table of problems, their weight, and which mend safely."""

from dataclasses import asdict, dataclass
from typing import NamedTuple


class Kind(NamedTuple):
    """One sort of problem.

    Attributes:
        level: ``error`` makes training or scoring wrong, ``warning`` probably does, ``note`` is
            worth knowing and leaves the exit code alone.
        fixable: whether there is one safe way to mend it, see ``repair``.
        title: what it means, as a heading.
    """

    level: str
    fixable: bool
    title: str


LEVELS = ("error", "warning", "note")

KINDS: dict[str, Kind] = {
    "category-unknown": Kind("error", False, "category that surgtools does not know"),
    "category-id": Kind("error", True, "category with another id than in metainfo"),
    "category-keypoints": Kind("error", False, "category with other keypoints than metainfo"),
    "category-order": Kind("error", True, "category whose keypoints stand in another order"),
    "category-skeleton": Kind(
        "note", True, "skeleton other than in metainfo (COCO counts from 1)"
    ),
    "category-duplicate": Kind("error", False, "category that occurs twice"),
    "category-empty": Kind("warning", False, "category without any annotation"),
    "image-entry": Kind("error", False, "image entry that lacks a field or has a wrong one"),
    "image-id-duplicate": Kind("error", False, "image id that occurs twice"),
    "image-name-duplicate": Kind("warning", False, "file name that occurs twice"),
    "image-unlabelled": Kind("note", False, "picture without annotations"),
    "picture-missing": Kind("error", False, "picture that is not there"),
    "picture-broken": Kind("error", False, "picture that cannot be decoded"),
    "picture-size": Kind("error", False, "picture of another size than its entry says"),
    "picture-duplicate": Kind("warning", False, "the same picture twice in one file"),
    "picture-leak": Kind("error", False, "the same picture in two files (splits)"),
    "picture-near-duplicate": Kind("warning", False, "nearly the same picture in two files"),
    "annotation-entry": Kind("error", False, "annotation that lacks a field or has a wrong one"),
    "annotation-id-duplicate": Kind("error", True, "annotation id that occurs twice"),
    "annotation-dangling": Kind("error", False, "annotation of an image that is absent"),
    "annotation-category": Kind("error", False, "annotation of an unknown category"),
    "annotation-duplicate": Kind("warning", True, "the same instrument annotated twice"),
    "keypoint-count": Kind("error", False, "wrong number of keypoints"),
    "keypoint-visibility": Kind("error", False, "visibility other than 0, 1 or 2"),
    "keypoint-unlabelled-place": Kind("warning", True, "keypoint with v = 0 but a place"),
    "keypoint-outside-image": Kind("error", True, "labelled keypoint outside the picture"),
    "keypoint-outside-box": Kind("warning", False, "labelled keypoint outside its box"),
    "keypoint-none": Kind("note", False, "annotation without any labelled keypoint"),
    "num-keypoints": Kind("error", True, "`num_keypoints` that does not count v > 0"),
    "side-rule": Kind("error", True, "left and right exchanged (image-side rule)"),
    "box-broken": Kind("error", False, "box without width or height"),
    "box-outside": Kind("error", True, "box that leaves the picture"),
    "box-absent": Kind("error", False, "box wholly outside the picture"),
    "box-area": Kind("warning", True, "`area` that is not that of the box"),
    "number": Kind("error", False, "coordinate that is no finite number"),
}
"""Every code a ``Problem`` can have."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with where it is.

    Attributes:
        code: key of ``KINDS``.
        file: the annotation file, as given.
        message: one line: what is wrong, what was expected.
        image_id, annotation_id, file_name: where, as far as it applies.
        row: position in the table the problem is about, from 0.
    """

    code: str
    file: str
    message: str
    image_id: object = None
    annotation_id: object = None
    file_name: str | None = None
    row: int | None = None

    @property
    def level(self) -> str:
        return KINDS[self.code].level

    @property
    def fixable(self) -> bool:
        return KINDS[self.code].fixable

    def to_json(self) -> dict:
        """The entry of ``problems`` in the JSON report."""
        return {"level": self.level, "fixable": self.fixable, **asdict(self)}

    def __str__(self) -> str:
        where = []
        if self.annotation_id is not None:
            where.append(f"annotation {self.annotation_id}")
        if self.image_id is not None:
            name = f" {self.file_name}" if self.file_name else ""
            where.append(f"image {self.image_id}{name}")
        elif self.file_name:
            where.append(self.file_name)
        place = f"{', '.join(where)}: " if where else ""
        return f"{self.file}: {place}{self.message}"
