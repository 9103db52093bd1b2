"""Cut instruments out of photographs of a plain table, to lay beside renders."""

from pathlib import Path

import cv2
import numpy as np

from surgtools.errors import InputError

_CONTRAST = 28  # grey levels between metal and a blurred background
_SMALLEST = 60  # pixels; less is dust


def read_cells(folder: str | Path, count: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw photographs and cut each to a square around what stands out from the table.

    Args:
        folder: of JPEG or PNG photographs.
        count: how many to draw.
        size: pixels along a side of the result.

    Returns:
        (count, size, size, 3) uint8 BGR; fewer where the folder holds fewer.

    Raises:
        InputError: no picture in the folder, or one that cannot be read.
    """
    files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in (".jpg", ".png"))
    if not files:
        raise InputError(f"{folder}: holds no .jpg or .png; name a folder of photographs")
    drawn = rng.permutation(len(files))[:count]
    return np.array([cut_square(_read(files[i]), size) for i in drawn])


def cut_square(picture: np.ndarray, size: int) -> np.ndarray:
    """Enlarge the square around everything that differs from the background.

    Args:
        picture: (H, W, 3) uint8.

    Returns:
        (size, size, 3) uint8; the whole picture where nothing stands out.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    window = min(61, (min(grey.shape) - 1) // 2 * 2 - 1)
    stands_out = cv2.absdiff(grey, cv2.medianBlur(grey, window)) > _CONTRAST
    _, _, stats, _ = cv2.connectedComponentsWithStats(stands_out.astype(np.uint8))
    boxes = stats[1:][stats[1:, 4] >= _SMALLEST]
    if not len(boxes):
        boxes = np.array([[0, 0, grey.shape[1], grey.shape[0], 0]])
    low = boxes[:, :2].min(axis=0)
    high = (boxes[:, :2] + boxes[:, 2:4]).max(axis=0)
    scale = size / (1.1 * (high - low).max())
    shift = size / 2 - scale * (low + high) / 2
    warp = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cv2.warpAffine(
        picture, warp, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _read(file: Path) -> np.ndarray:
    picture = cv2.imread(str(file))
    if picture is None:
        raise InputError(f"{file}: cannot be read as a picture; remove or replace it")
    return picture
