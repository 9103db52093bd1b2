"""Find the ground truth's image for the name a prediction file uses."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from surgtools.errors import InputError


class PictureIndex:
    """Images of a COCO file by name.

    Folders may differ; where a name occurs in several folders, as many trailing folders as needed
    must agree.

    Args:
        ground_truth: a COCO file's content.
        by_stem: compare names without their suffix, as YOLO's text files need.
    """

    def __init__(self, ground_truth: Mapping, by_stem: bool = False) -> None:
        self.by_stem = by_stem
        self._images: dict[str, list[dict]] = defaultdict(list)
        self._frames: dict[tuple[str, int], dict] = {}
        for image in ground_truth["images"]:
            self._images[self._parts(image["file_name"])[-1]].append(image)
            if image.get("video_id") is not None and image.get("frame_id") is not None:
                self._frames[str(image["video_id"]), int(image["frame_id"])] = image

    def find(self, name: str) -> dict | None:
        """The image of this name, ``None`` when the ground truth has none.

        Raises:
            InputError: several images fit.
        """
        parts = self._parts(name)
        candidates = self._images.get(parts[-1], [])
        for depth in range(1, len(parts) + 1):
            if len(candidates) <= 1:
                break
            tail = parts[-depth:]
            candidates = [c for c in candidates if self._parts(c["file_name"])[-depth:] == tail]
        if len(candidates) > 1:
            raise InputError(
                f"{name}: {len(candidates)} images of the ground truth have this name; give the "
                "folders in the prediction file too"
            )
        return candidates[0] if candidates else None

    def find_frame(self, video: str, frame_id: int) -> dict | None:
        """The image that is this frame of a video named by path or by ``video_id``."""
        path = PurePosixPath(video.replace("\\", "/"))
        for name in (video, path.name, path.stem):
            if (name, frame_id) in self._frames:
                return self._frames[name, frame_id]
        return None

    def _parts(self, name: str) -> tuple[str, ...]:
        path = PurePosixPath(str(name).replace("\\", "/"))
        return (path.with_suffix("") if self.by_stem else path).parts


def left_out_note(names: list[str], known: int, source: str) -> list[str]:
    """A note on pictures the ground truth does not hold.

    Raises:
        InputError: none of the pictures is in the ground truth.
    """
    if not names:
        return []
    if not known:
        raise InputError(
            f"{source}: none of its {len(names)} pictures ({names[0]}, ...) is in the ground "
            "truth; score it against the data it was predicted on"
        )
    return [f"{len(names)} predicted pictures ({names[0]}, ...) are not in the ground truth"]
