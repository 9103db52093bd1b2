"""A ChArUco board: a chessboard with a marker in every white square, found even in part.

Shapes: n corners of the board that a picture shows.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from surgtools.errors import InputError

LEAST_CORNERS = 6
"""A picture that shows fewer says too little of where the board is."""


@dataclass(frozen=True)
class Board:
    """What was printed.

    Attributes:
        columns, rows: squares.
        square, marker: side lengths, millimeters.
        dictionary: name of the markers, for example ``4X4_50``.
    """

    columns: int
    rows: int
    square: float
    marker: float
    dictionary: str = "4X4_50"

    def __post_init__(self) -> None:
        if self.columns < 3 or self.rows < 3:
            raise InputError(f"--board {self.columns}x{self.rows}: 3x3 squares or more expected")
        if not 0 < self.marker < self.square:
            raise InputError(
                f"--marker {self.marker:g}: more than 0 and less than --square {self.square:g} "
                "is expected"
            )
        if not isinstance(getattr(cv2.aruco, f"DICT_{self.dictionary}", None), int):
            raise InputError(
                f"--dictionary {self.dictionary} is unknown; 4X4_50, 5X5_100, 6X6_250, "
                "ARUCO_ORIGINAL and so on are expected"
            )

    @cached_property
    def _board(self) -> cv2.aruco.CharucoBoard:
        markers = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{self.dictionary}"))
        size = self.columns, self.rows
        needed = self.columns * self.rows // 2
        if needed > len(markers.bytesList):
            raise InputError(
                f"--board {self.columns}x{self.rows}: needs {needed} markers, {self.dictionary} "
                f"has {len(markers.bytesList)}"
            )
        return cv2.aruco.CharucoBoard(size, self.square, self.marker, markers)

    @cached_property
    def _detector(self) -> cv2.aruco.CharucoDetector:
        return cv2.aruco.CharucoDetector(self._board)

    @property
    def corners(self) -> np.ndarray:
        """(n, 3) all inner corners, millimeters, on the board's plane."""
        return np.array(self._board.getChessboardCorners(), dtype=float)

    def find(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers (n,) and pixels (n, 2) of the corners that a picture shows; n may be 0."""
        pixels, numbers, _, _ = self._detector.detectBoard(picture)
        if numbers is None or len(numbers) < LEAST_CORNERS:
            return np.zeros(0, dtype=int), np.zeros((0, 2))
        return numbers.ravel(), pixels.reshape(-1, 2).astype(float)

    def draw(self, pixels_per_square: int) -> np.ndarray:
        """(H, W) the board without a margin, as it is printed."""
        size = self.columns * pixels_per_square, self.rows * pixels_per_square
        return self._board.generateImage(size, marginSize=0)
