"""Find the intrinsics of cameras and where they stand, from videos of one board.

Each camera alone gives its intrinsics; moments in which two cameras see the board give their
places; all places are then improved together.

Shapes: n corners of the board in one picture.

Source: Zhang, A flexible new technique for camera calibration, 2000, as in OpenCV.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.camera import Camera
from surgtools.errors import InputError
from surgtools.spatial.board import Board
from surgtools.spatial.rig import RigCamera

LEAST_PICTURES = 6
MOST_PICTURES = 60
"""More take long and say little more."""

LARGE_ERROR, MANY_TIMES = 5.0, 10.0
"""A rig that is off by more pixels, and by so many times what its cameras are, is none."""

Sightings = Mapping[int, tuple[np.ndarray, np.ndarray]]
"""Number of the moment to the numbers and pixels of the corners."""


@dataclass(frozen=True)
class Calibration:
    """Cameras in the frame of the first, and the root mean square error in pixels."""

    cameras: list[RigCamera]
    error: float


def calibrate_camera(
    name: str, board: Board, sightings: Sightings, size: tuple[int, int]
) -> tuple[Camera, float]:
    """Intrinsics of one camera and their root mean square error in pixels.

    Args:
        name: to name in messages.
        size: width and height of its pictures.

    Raises:
        InputError: the board was not seen, or too rarely.
    """
    if len(sightings) < LEAST_PICTURES:
        raise InputError(
            f"{name}: the board is seen in {len(sightings) or 'no'} pictures, "
            f"{LEAST_PICTURES} or more are needed; check --board, --dictionary and the light"
        )
    chosen = _spread(sorted(sightings), MOST_PICTURES)
    objects = [board.corners[sightings[i][0]].astype(np.float32) for i in chosen]
    pixels = [sightings[i][1].astype(np.float32)[:, None] for i in chosen]
    try:
        error, matrix, bent, _, _ = cv2.calibrateCamera(objects, pixels, size, None, None)
    except cv2.error as cause:
        raise InputError(
            f"{name}: the board lies the same way in all pictures; turn and tilt it"
        ) from cause
    (fx, _, cx), (_, fy, cy), _ = matrix.tolist()
    if not (np.isfinite(matrix).all() and fx > 0 and fy > 0):
        raise InputError(f"{name}: cannot be calibrated; turn and tilt the board more")
    distortion = tuple(map(float, bent.ravel()[:5]))
    return Camera(*size, fx, fy, cx, cy, distortion), float(error)


def calibrate_rig(
    board: Board, cameras: Mapping[str, Camera], sightings: Mapping[str, Sightings]
) -> Calibration:
    """Where the cameras stand, in the frame of the first.

    Raises:
        InputError: a camera never sees the board together with another.
    """
    names = list(cameras)
    poses = {
        name: {i: _board_pose(board, cameras[name], *seen) for i, seen in sightings[name].items()}
        for name in names
    }
    places = {names[0]: np.eye(4)}
    while len(places) < len(names):
        known, new, shared = max(
            (
                (a, b, sorted(set(poses[a]) & set(poses[b])))
                for a in places
                for b in names
                if b not in places
            ),
            key=lambda link: len(link[2]),
        )
        if not shared:
            raise InputError(
                f"{new}: sees the board at no moment at which {known} does; show it to both at "
                "once, and give synchronized videos"
            )
        steps = [poses[new][i] @ np.linalg.inv(poses[known][i]) for i in shared]
        places[new] = _middle(steps) @ places[known]
    places, error = _improve(board, cameras, sightings, poses, places)
    rigged = [RigCamera(n, cameras[n], places[n][:3, :3], places[n][:3, 3]) for n in names]
    return Calibration(rigged, error)


def require_agreement(rig_error: float, camera_errors: Sequence[float]) -> None:
    """Refuse places of cameras that fit what was seen far worse than each camera alone does.

    Args:
        rig_error, camera_errors: root mean square errors, pixels.

    Raises:
        InputError: they do.
    """
    alone = max(camera_errors)
    if rig_error > max(LARGE_ERROR, MANY_TIMES * alone):
        raise InputError(
            f"the cameras together are off by {rig_error:.2f} px, each alone by {alone:.2f} px or "
            "less: they do not show the same moments; cut the videos so that they start at the "
            "same moment, or complete the folders of pictures"
        )


def _improve(
    board: Board,
    cameras: Mapping[str, Camera],
    sightings: Mapping[str, Sightings],
    poses: Mapping[str, Mapping[int, np.ndarray]],
    places: dict[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], float]:
    """Least squares over the places of the cameras and of the board, in pixels."""
    from scipy.optimize import least_squares
    from scipy.sparse import lil_matrix

    names = list(cameras)
    counts: dict[int, int] = {}
    for name in names:
        for i in sightings[name]:
            counts[i] = counts.get(i, 0) + 1
    joint = [i for i in sorted(counts) if counts[i] > 1] or sorted(counts)
    moments = _spread(joint, MOST_PICTURES)
    boards = {}
    for i in moments:
        name = next(n for n in names if i in sightings[n])
        boards[i] = np.linalg.inv(places[name]) @ poses[name][i]
    views = [
        (c, m, *sightings[name][i])
        for c, name in enumerate(names)
        for m, i in enumerate(moments)
        if i in sightings[name]
    ]
    start = np.concatenate(
        [_vector(places[n]) for n in names[1:]] + [_vector(boards[i]) for i in moments]
    )
    first_board = 6 * (len(names) - 1)

    def residuals(values: np.ndarray) -> np.ndarray:
        left = []
        for c, m, numbers, pixels in views:
            place = _matrix(values[6 * (c - 1) : 6 * c]) if c else np.eye(4)
            own = _matrix(values[first_board + 6 * m : first_board + 6 * m + 6])
            inside = _moved(place @ own, board.corners[numbers])
            left.append((cameras[names[c]].project(inside) - pixels).ravel())
        return np.concatenate(left)

    sparsity = lil_matrix((sum(2 * len(v[2]) for v in views), len(start)), dtype=int)
    row = 0
    for c, m, numbers, _ in views:
        rows = slice(row, row + 2 * len(numbers))
        if c:
            sparsity[rows, 6 * (c - 1) : 6 * c] = 1
        sparsity[rows, first_board + 6 * m : first_board + 6 * m + 6] = 1
        row = rows.stop
    done = least_squares(
        residuals, start, jac_sparsity=sparsity, x_scale="jac", loss="soft_l1", max_nfev=60
    )
    better = {names[0]: np.eye(4)}
    for c, name in enumerate(names[1:]):
        better[name] = _matrix(done.x[6 * c : 6 * c + 6])
    left = residuals(done.x).reshape(-1, 2)
    return better, float(np.sqrt((left**2).sum(axis=1).mean()))


def _board_pose(
    board: Board, camera: Camera, numbers: np.ndarray, pixels: np.ndarray
) -> np.ndarray:
    """(4, 4) from the board to a camera."""
    rays = camera.undistort(pixels)
    _, turn, shift = cv2.solvePnP(board.corners[numbers], rays, np.eye(3), None)
    return _matrix(np.concatenate([turn.ravel(), shift.ravel()]))


def _middle(steps: Sequence[np.ndarray]) -> np.ndarray:
    """The one of several rigid transforms that is nearest to all others."""
    vectors = np.array([step[:3].ravel() for step in steps])
    scale = np.array([*[1.0, 1, 1, 0.01] * 3])  # a radian weighs as much as 100 mm
    apart = np.abs((vectors[:, None] - vectors[None]) * scale).sum(axis=2).sum(axis=1)
    return steps[int(apart.argmin())]


def _vector(matrix: np.ndarray) -> np.ndarray:
    return np.concatenate([cv2.Rodrigues(matrix[:3, :3])[0].ravel(), matrix[:3, 3]])


def _matrix(vector: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = cv2.Rodrigues(np.array(vector[:3]))[0], vector[3:]
    return matrix


def _moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _spread(values: list[int], most: int) -> list[int]:
    """At most so many of them, evenly from first to last."""
    if len(values) <= most:
        return values
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, most)]
