"""The table of what can be wrong with an annotation file: its weight, and what to do about it.

``data check`` lists every problem that it finds. ``load_coco`` stops at the first one that the
table marks as refused.
"""

from dataclasses import asdict, dataclass
from typing import NamedTuple


class Kind(NamedTuple):
    """One sort of problem.

    Attributes:
        level: ``error`` makes training or scoring wrong, ``warning`` probably does, ``note`` is
            worth knowing and leaves the exit code alone.
        fixable: whether there is one safe way to mend it, see ``repair``.
        title: what it means, as a heading.
        todo: what ``load_coco`` advises when it refuses a file for this; empty where it does not.
    """

    level: str
    fixable: bool
    title: str
    todo: str = ""

    @property
    def refused(self) -> bool:
        """Whether no number means anything in a file with this problem."""
        return bool(self.todo)


LEVELS = ("error", "warning", "note")

KINDS: dict[str, Kind] = {
    "category-unknown": Kind(
        "error",
        False,
        "category that surgtools does not know",
        "rename it in the file or give the taxonomy that has it with --taxonomy",
    ),
    "category-id": Kind(
        "error",
        True,
        "category with another id than in the taxonomy",
        "renumber with `surgtools data merge`",
    ),
    "category-keypoints": Kind(
        "error",
        False,
        "category with other keypoints than in the taxonomy",
        "rename its keypoints in the file or correct the taxonomy",
    ),
    "category-order": Kind(
        "error",
        True,
        "category whose keypoints stand in another order",
        "reorder with `surgtools data merge`",
    ),
    "category-skeleton": Kind(
        "note", True, "skeleton other than in the taxonomy (COCO counts from 1)"
    ),
    "category-duplicate": Kind("error", False, "category that occurs twice", "keep one of them"),
    "category-unlisted": Kind(
        "error",
        True,
        "category that annotations have and the list lacks",
        "`surgtools data check FILE --fix NEW.json` adds it to the list, or leave them out",
    ),
    "category-empty": Kind("warning", False, "category without any annotation"),
    "image-entry": Kind(
        "error",
        False,
        "image entry that lacks a field or has a wrong one",
        "export the file again",
    ),
    "image-id-duplicate": Kind(
        "error",
        False,
        "image id that occurs twice",
        "its annotations cannot be told apart, export the file again",
    ),
    "image-name-duplicate": Kind("warning", False, "file name that occurs twice"),
    "image-name-absolute": Kind(
        "note", False, "absolute file name, which `data split` and `data overlay` refuse"
    ),
    "image-unlabelled": Kind("note", False, "picture without annotations"),
    "picture-missing": Kind("error", False, "picture that is not there"),
    "picture-outside": Kind("error", False, "picture whose name leads out of the data set"),
    "picture-broken": Kind("error", False, "picture that cannot be decoded"),
    "picture-size": Kind("error", False, "picture of another size than its entry says"),
    "picture-duplicate": Kind("warning", False, "the same picture twice in one file"),
    "picture-leak": Kind("error", False, "the same picture in two files (splits)"),
    "picture-near-duplicate": Kind("warning", False, "nearly the same picture in two files"),
    "annotation-entry": Kind(
        "error", False, "annotation that lacks a field or has a wrong one", "export the file again"
    ),
    "annotation-id-duplicate": Kind(
        "error", True, "annotation id that occurs twice", "renumber with `surgtools data merge`"
    ),
    "annotation-dangling": Kind(
        "error",
        False,
        "annotation of an image that is absent",
        "add the image or leave the annotation out",
    ),
    "annotation-category": Kind(
        "error",
        False,
        "annotation of an unknown category",
        "rename the category or leave the annotation out",
    ),
    "annotation-duplicate": Kind("warning", True, "the same instrument annotated twice"),
    "keypoint-absent": Kind(
        "error",
        False,
        "no keypoints, of a category that has some (`surgtools init` helps where all are boxes)",
        "label them; where nothing has keypoints, `surgtools init DATA` writes the taxonomy of "
        "boxes alone, for --taxonomy",
    ),
    "keypoint-count": Kind(
        "error",
        False,
        "wrong number of keypoints",
        "export it again or correct the taxonomy",
    ),
    "keypoint-visibility": Kind(
        "error", False, "visibility other than 0, 1 or 2", "export the file again"
    ),
    "keypoint-unlabelled-place": Kind("warning", True, "keypoint with v = 0 but a place"),
    "keypoint-outside-image": Kind("error", True, "labelled keypoint outside the picture"),
    "keypoint-outside-box": Kind("warning", False, "labelled keypoint outside its box"),
    "keypoint-none": Kind("note", False, "annotation without any labelled keypoint"),
    "num-keypoints": Kind("error", True, "`num_keypoints` that does not count v > 0"),
    "side-rule": Kind("error", True, "left and right exchanged (image-side rule)"),
    "box-broken": Kind(
        "error",
        False,
        "box without width or height",
        "draw the box again or leave the annotation out",
    ),
    "box-outside": Kind("error", True, "box that leaves the picture"),
    "box-absent": Kind("error", False, "box wholly outside the picture"),
    "box-area": Kind("warning", True, "`area` that is not that of the box"),
    "number": Kind(
        "error",
        False,
        "coordinate that is no finite number",
        "write a finite number or leave the field out",
    ),
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

    @property
    def refused(self) -> bool:
        return KINDS[self.code].refused

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
