"""Find the ground truth's image for the name a prediction file uses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

from surgtools.errors import InputError
from surgtools.moved_files import MovedFiles, parts_of, shared_parts


class PictureIndex:
    """Images of a COCO file by name.

    Folders may differ; where a name occurs in several folders, as many trailing folders as needed
    must agree. One image is one picture of the predictions, and one ``video_id`` one video.

    Args:
        ground_truth: a COCO file's content.
        by_stem: compare names without their suffix, as YOLO's text files need.
    """

    def __init__(self, ground_truth: Mapping, by_stem: bool = False) -> None:
        self.by_stem = by_stem
        self._images: dict[str, list[dict]] = defaultdict(list)
        self._frames: dict[tuple[str, int], dict] = {}
        for image in ground_truth["images"]:
            self._images[image["file_name"]].append(image)
            if image.get("video_id") is not None and image.get("frame_id") is not None:
                self._frames[str(image["video_id"]), int(image["frame_id"])] = image
        self._names = MovedFiles(self._images, by_stem)
        self._videos = MovedFiles(video for video, _ in self._frames)

    def find(self, name: str) -> dict | None:
        """The image of this name, ``None`` when the ground truth has none.

        Raises:
            InputError: several images fit.
        """
        found = [image for known in self._names.find(name) for image in self._images[known]]
        if len(found) > 1:
            raise InputError(
                f"{name}: {len(found)} images of the ground truth have this name; give the "
                "folders in the prediction file too"
            )
        return found[0] if found else None

    def find_all(self, names: Iterable[str]) -> dict[str, dict]:
        """The image of each name of a prediction file; names of other pictures are missing.

        Where several names fit one image, the one that shares most folders with it counts.

        Raises:
            InputError: several images fit a name, or several names fit an image equally well.
        """
        images = ((name, self.find(name)) for name in dict.fromkeys(names))
        found = {name: image for name, image in images if image is not None}
        fits = [
            (name, image["file_name"], self._shared(name, image["file_name"]))
            for name, image in found.items()
        ]
        return {name: found[name] for name in _nearest(fits, "image")}

    def find_videos(self, videos: Iterable[str]) -> dict[str, str]:
        """The ``video_id`` of each video of a prediction file, as ``find_all`` does for images.

        A video is named by its path, with or without a suffix, or by its ``video_id``.
        """
        fits = []
        for video in dict.fromkeys(videos):
            stem = "/".join(parts_of(video, by_stem=True))
            for form in (video, stem):
                known = self._videos.find(form)
                if len(known) > 1:
                    raise InputError(
                        f"{video}: the videos {', '.join(known)} of the ground truth have this "
                        "name; give the folders in the prediction file too"
                    )
                if known:
                    fits.append((video, *known, shared_parts(parts_of(form), parts_of(*known))))
                    break
        return _nearest(fits, "video")

    def find_frame(self, video_id: str, frame_id: int) -> dict | None:
        """The image that is this frame of a video that ``find_videos`` has found."""
        return self._frames.get((video_id, frame_id))

    def _shared(self, name: str, known: str) -> int:
        return shared_parts(parts_of(name, self.by_stem), parts_of(known, self.by_stem))


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


def _nearest(fits: Iterable[tuple[str, str, int]], what: str) -> dict[str, str]:
    """Of the names that fit one of the ground truth's, the one that shares most parts with it."""
    nearest = {}
    for known, group in groupby(sorted(fits, key=_known), key=_known):
        rivals = list(group)
        most = max(shared for *_, shared in rivals)
        best = [name for name, _, shared in rivals if shared == most]
        if len({parts_of(name) for name in best}) > 1:
            raise InputError(
                f"{best[0]} and {best[1]} of the predictions may both be the {what} {known} of "
                "the ground truth; leave one out"
            )
        nearest |= dict.fromkeys(best, known)
    return nearest


def _known(fit: tuple[str, str, int]) -> str:
    return fit[1]
