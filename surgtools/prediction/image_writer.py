"""Write single pictures, whole."""

from pathlib import Path

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_whole


class CannotEncode(InputError):
    """A format has no room for this picture or video; another source may fit."""


def write_image(path: str | Path, image: np.ndarray, quality: int = 92, mark: bytes = b"") -> None:
    """Write a picture whole in the format of its suffix.

    Args:
        mark: stands behind the picture, where no viewer looks, and tells who wrote it.

    Raises:
        InputError: the folder cannot be written, or the disk is full; as ``CannotEncode``, the
            format is unknown or too small, as JPEG is beyond 65,500 pixels a side.
    """
    path = Path(path)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    try:
        done, data = cv2.imencode(path.suffix or ".jpg", image, options)
    except cv2.error:
        done = False
    if not done:
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise CannotEncode(
            f"{path}: {size} pixels cannot be written as {path.suffix or '.jpg'}; use .png"
        )
    with write_whole(path) as part:
        try:
            part.write_bytes(data.tobytes() + mark)
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror}); free space on the disk"
            ) from error
