"""Find the pose and the opening of a known instrument from its keypoints in one picture.

Least squares over seven unknowns: rotation, translation, opening. A keypoint counts by its score,
and less where it is hidden. The answer says how sure it is: the covariance follows from how the
keypoints move with the unknowns, and from what is left over.

Shapes: k keypoints in the category's own order, P = 7 parameters, see ``starts``.
"""

from dataclasses import dataclass, replace

import numpy as np

from surgtools.camera import Camera
from surgtools.errors import InputError
from surgtools.spatial.borders import ways_out
from surgtools.spatial.expected_noise import NOISE_WORTH, expected_noise
from surgtools.spatial.instrument_model import SpatialModel
from surgtools.spatial.residuals import NEAR, Residuals, moved, projected
from surgtools.spatial.starts import mirrored, side_orders, start_poses
from surgtools.taxonomy import Category

ODD = 0.4
"""So many expected errors (root mean square) the right instrument leaves over at most. Where it is
more, a keypoint is wrong or the instrument is another one, and standard deviations grow with its
square: on rendered clips 0.29 of such tips lay inside of their regions before."""

_POOR = 9.0  # mean square, in expected ones, from which on a start is not trusted


@dataclass(frozen=True)
class Pose:
    """One way in which an instrument can lie in space.

    Attributes:
        points: (k, 3) keypoints, meters in the frame of the camera; sides as in the picture.
        covariances: (k, 3, 3) of them, square meters; where two poses fit they cover the other
            one, too.
        opening, opening_std: radians.
        gap, gap_std: meters between the tips; NaN where the category has not two of them.
        residual: root mean square of what is left over, pixels.
        off: how far keypoints lie from where it shows them, at the median, pixels.
        probability: of this pose against the other one.
        parameters: (P,) to start the next picture from.
    """

    points: np.ndarray
    covariances: np.ndarray
    opening: float
    opening_std: float
    gap: float
    gap_std: float
    residual: float
    off: float
    probability: float
    parameters: np.ndarray


class Fitter:
    """Fits one instrument model to keypoints of one category.

    Raises:
        InputError: the category has other keypoints than the model, or scipy is missing.
    """

    def __init__(self, model: SpatialModel, category: Category, camera: Camera) -> None:
        model.require(category)
        try:
            from scipy.optimize import least_squares
        except ImportError as error:
            raise InputError(
                "poses in space need the package scipy; `pip install scipy` brings it"
            ) from error
        self._least_squares = least_squares
        self.model, self.category, self.camera = model, category, camera
        self._orders = side_orders(model, category)

    def __call__(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        visible: np.ndarray,
        start: np.ndarray | None = None,
    ) -> list[Pose]:
        """The poses that fit, likelier first: two, one, or none.

        Args:
            keypoints: (k, 2) pixels.
            scores: (k,) in [0, 1].
            visible: (k,) probability that it is seen.
            start: parameters of the picture before.
        """
        rays = self.camera.undistort(keypoints)
        size = float(np.hypot(*np.ptp(keypoints, axis=0)))
        noise = self._noise(size, scores, visible)
        ways = ways_out(keypoints, size, self.camera, self.category.pivot)
        problem = Residuals(self.model, rays, self.camera.focal / noise, self._orders[0], ways)
        best = self._refine(problem, start) if start is not None else None
        if best is None or best.cost > _POOR * len(rays):
            best = min(filter(None, (best, self._search(problem))), key=_cost, default=None)
        if best is None:
            return []
        best = self._in_order(problem, best)
        problem.order = best.order
        turned = mirrored(best.parameters, self.model.at(best.parameters[6])[0])
        other = self._refine(problem, turned)
        fits = [best]
        if other is not None and not self._is_same(best, other):
            fits = sorted([best, self._in_order(problem, other)], key=_cost)
        return self._poses(problem, fits)

    def gap_at(self, opening: float) -> float:
        """Meters between the tips at an opening; NaN where the category has not two of them."""
        if len(self.category.tips) != 2:
            return float("nan")
        a, b = (self.category.index(name) for name in self.category.tips)
        points = self.model.at(opening)[0]
        return float(np.linalg.norm(points[b] - points[a]))

    def _noise(self, size: float, scores: np.ndarray, visible: np.ndarray) -> np.ndarray:
        """(k,) standard deviations expected of the keypoints, pixels.

        Args:
            size: of the instrument in the picture, pixels.
        """
        spread = self.model.spread / self.model.length * size
        return np.hypot(expected_noise(size, scores, visible), spread)

    def _search(self, problem: Residuals) -> "_Fit | None":
        best, least = None, np.inf
        for parameters, order in start_poses(self.model, self._orders, problem.rays):
            problem.order = order
            cost = float((problem.residuals(parameters) ** 2).sum())
            if cost < least:
                best, least = (parameters, order), cost
        if best is None:
            return None
        problem.order = best[1]
        return self._refine(problem, best[0])

    def _refine(self, problem: Residuals, start: np.ndarray) -> "_Fit | None":
        done = self._least_squares(
            problem.residuals, start, problem.jacobian, method="lm", xtol=1e-6, ftol=1e-6,
            max_nfev=60,
        )  # fmt: skip
        if not np.isfinite(done.x).all() or done.x[5] < NEAR:
            return None
        return _Fit(done.x, float(2 * done.cost), problem.order)

    def _in_order(self, problem: Residuals, fit: "_Fit") -> "_Fit":
        """Where the pose shows its sides in another order than was taken for granted: fit anew."""
        shown = self.category.order_sides(projected(problem.points(fit.parameters, False)))
        if not self.category.image_sides or (shown == fit.order).all():
            return fit
        problem.order = shown
        again = self._refine(problem, fit.parameters)
        problem.order = fit.order
        return again if again is not None and again.cost < fit.cost else fit

    def _is_same(self, one: "_Fit", other: "_Fit") -> bool:
        a, b = (self._place(f.parameters)[f.order] for f in (one, other))
        return float(np.abs(a - b).max()) < 0.005 * self.model.length

    def _place(self, parameters: np.ndarray) -> np.ndarray:
        return moved(self.model.at(parameters[6])[0], parameters)

    def _poses(self, problem: Residuals, fits: list["_Fit"]) -> list[Pose]:
        freedom = max(2 * problem.num_whole - (6 if self.model.is_rigid else 7), 0)
        # What one fit leaves over says little of the noise: it counts beside what is expected.
        scale = (NOISE_WORTH + fits[0].cost) / (NOISE_WORTH + freedom)
        problem.order = fits[0].order
        wide = scale * max(1.0, problem.misfit(fits[0].parameters, freedom) / ODD) ** 4
        odds = np.exp(-np.array([fit.cost - fits[0].cost for fit in fits]) / 2 / scale)
        poses = [
            self._pose(problem, fit, wide, float(share))
            for fit, share in zip(fits, odds / odds.sum(), strict=True)
        ]
        if len(poses) == 2:
            # Both: a track may go on with the less likely one.
            poses = [_widened(*poses), _widened(*poses[::-1])]
        return poses

    def _pose(self, problem: Residuals, fit: "_Fit", scale: float, share: float) -> Pose:
        problem.order = fit.order
        jacobian = problem.jacobian(fit.parameters)
        information = jacobian.T @ jacobian + np.diag([0.0] * 6 + [1.0])
        covariance = scale * np.linalg.pinv(information, hermitian=True)
        moves = problem.moves(fit.parameters)
        points = problem.points(fit.parameters)
        gap, gap_std = self._gap(points, moves, covariance)
        left = problem.left_over(points) * self.camera.focal
        ends = self.model.openings[[0, -1]]
        return Pose(
            points=points,
            covariances=np.einsum("kip,pq,kjq->kij", moves, covariance, moves),
            opening=float(np.clip(fit.parameters[6], *ends)),
            opening_std=float(np.sqrt(covariance[6, 6])) if not self.model.is_rigid else 0.0,
            gap=gap,
            gap_std=gap_std,
            residual=float(np.sqrt((left**2).sum() / problem.num_whole)),
            off=float(np.median(np.linalg.norm(left[problem.is_whole], axis=1))),
            probability=share,
            parameters=fit.parameters,
        )

    def _gap(
        self, points: np.ndarray, moves: np.ndarray, covariance: np.ndarray
    ) -> tuple[float, float]:
        if len(self.category.tips) != 2:
            return float("nan"), float("nan")
        a, b = (self.category.index(name) for name in self.category.tips)
        between = points[b] - points[a]
        gap = float(np.linalg.norm(between))
        slope = between / max(gap, 1e-9) @ (moves[b] - moves[a])
        return gap, float(np.sqrt(slope @ covariance @ slope))


@dataclass(frozen=True)
class _Fit:
    parameters: np.ndarray
    cost: float
    order: np.ndarray


def _widened(one: Pose, other: Pose) -> Pose:
    """One of two poses; its covariances say that it may be the other one."""
    apart = other.points - one.points
    p, q = one.probability, other.probability
    both = p * one.covariances + q * (other.covariances + np.einsum("ki,kj->kij", apart, apart))
    return replace(one, covariances=both)


def _cost(fit: _Fit) -> float:
    return fit.cost
