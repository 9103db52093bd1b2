"""One scene, from the preset's ranges to things in place: sample, check, accept.

Nothing here needs Blender. ``sample_scene`` lays out instruments before a camera until they can be
labelled, then adds what costs time: hands, occluders, ground, light.
"""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np

from data_gen.arrangement import (
    arrange,
    sample_distractors,
    sample_instruments,
    sample_occluder,
)
from data_gen.assets import Assets
from data_gen.bodies import Body, Wear
from data_gen.camera import RenderCamera
from data_gen.furnishings import HEAPED, SOFT, sample_furnishings, sample_limb
from data_gen.hands import gown_behind, sample_hands, sample_wear
from data_gen.keep_out import touches
from data_gen.labels import is_inside, share_inside, to_frame
from data_gen.needles import sample_needle
from data_gen.placement import HeightField, world_parts
from data_gen.presets import happens, integer, log_uniform, uniform
from data_gen.surroundings import (
    Ground,
    Lamp,
    sample_folds,
    sample_ground,
    sample_lamps,
    sample_light,
    sample_picture,
)
from data_gen.viewpoint import sample_viewpoint

_TRIES = 40
_BACKDROP_PIXELS = 512
_NEAREST = 0.03
"""Meters from the camera that everything keeps."""


@dataclass(frozen=True)
class Scene:
    """One scene, ready to be rendered.

    Attributes:
        to_world: (4, 4) camera frame to world.
        instruments: with a category; ``others`` are rendered and never labelled.
        held: names of the instruments that a hand is to hold.
        lying: names of the bodies that lie on something.
        wear: of all hands.
        focus: meters; used when ``f_number`` is above 0.
        ground: None when the things float before the backdrop.
        backdrop: (S, S, 3) sRGB behind everything that is transparent.
        sky: (H, W, 3) linear radiance.
    """

    camera: RenderCamera
    to_world: np.ndarray
    instruments: list[Body]
    others: list[Body]
    held: frozenset[str] = frozenset()
    lying: frozenset[str] = frozenset()
    wear: Wear | None = None
    focus: float = 1.0
    f_number: float = 0.0
    ground: Ground | None = None
    backdrop: np.ndarray = field(default_factory=lambda: np.zeros((2, 2, 3), np.float32))
    sky: np.ndarray = field(default_factory=lambda: np.ones((2, 4, 3), np.float32))
    sky_strength: float = 1.0
    lamps: list[Lamp] = field(default_factory=list)

    @property
    def bodies(self) -> list[Body]:
        return [*self.instruments, *self.others]

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) world points to the camera frame, meters."""
        return to_frame(np.linalg.inv(self.to_world), points)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) world points to (N, 2) pixels."""
        return self.camera.project(self.to_camera(points))


def sample_scene(rng: np.random.Generator, preset: SimpleNamespace, assets: Assets) -> Scene:
    """A layout with all that is around it."""
    return _dress(rng, preset, assets, *sample_layout(rng, preset, assets))


def sample_layout(
    rng: np.random.Generator, preset: SimpleNamespace, assets: Assets
) -> tuple[Scene, np.ndarray | None]:
    """Draw layouts until one is acceptable; after many tries, one without anything.

    Returns:
        Camera and things in place, and the heights of the ground's folds.
    """
    for _ in range(_TRIES):
        folds = sample_folds(rng, uniform(rng, preset.ground.fold))
        scene = _lay_out(rng, preset, assets, folds)
        if is_acceptable(scene, preset.instruments.min_inside):
            return scene, folds
    return replace(scene, instruments=[], others=[], held=frozenset()), folds


def is_acceptable(scene: Scene, min_inside: float) -> bool:
    """Whether all is in front of the camera and every instrument in the picture.

    Args:
        min_inside: share of each instrument's box that must lie in the picture; two of its
            keypoints, where it has so many, must as well.
    """
    width, height = scene.camera.width, scene.camera.height
    if not all(_is_in_front(scene, body) for body in scene.bodies):
        return False
    for body in scene.instruments:
        keypoints = scene.pixels(body.keypoints_world())
        if is_inside(keypoints, width, height).sum() < min(2, len(keypoints)):
            return False
        if share_inside(scene.pixels(body.vertices()), width, height) < min_inside:
            return False
    return True


def _is_in_front(scene: Scene, body: Body) -> bool:
    return scene.to_camera(body.vertices())[:, 2].min() >= _NEAREST


def _lay_out(
    rng: np.random.Generator, preset: SimpleNamespace, assets: Assets, folds: np.ndarray | None
) -> Scene:
    instruments = sample_instruments(rng, preset.instruments, assets)
    distractors = sample_distractors(rng, preset.distractors, assets)
    length = instruments[0].length() if instruments else rng.uniform(0.1, 0.2)
    camera, to_world = sample_viewpoint(rng, preset, assets, length)
    bodies = [*instruments, *distractors]
    under = [sample_limb(rng)] if happens(rng, preset.field.limb_share) else []
    heights = HeightField(folds)
    for body in under:
        heights.put(world_parts(body))
    placed, held, lying = arrange(rng, bodies, preset, camera, to_world, heights)
    scene = Scene(
        camera=camera,
        to_world=to_world,
        instruments=[body for body in placed if body.category_id is not None],
        others=[*(body for body in placed if body.category_id is None), *under],
        held=held,
        lying=lying,
    )
    around = sample_furnishings(
        rng,
        preset.field,
        heights,
        0.5 * camera.height / camera.fx * np.linalg.norm(to_world[:3, 3]),
        assets.unlabelled(HEAPED),
    )
    around = [body for body in around if _is_in_front(scene, body)]
    return replace(scene, others=[*scene.others, *around])


def _dress(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    assets: Assets,
    scene: Scene,
    folds: np.ndarray | None,
) -> Scene:
    """Add ground, backdrop and light, and hands and occluders that pass through nothing."""
    center = scene.to_world[:3, 3]
    wear = sample_wear(rng, preset.hands)
    hands = sample_hands(
        rng,
        preset,
        scene.bodies,
        scene.held,
        scene.camera,
        scene.to_world,
        wear,
        fits=lambda body, added: _fits(scene, body, added),
    )
    keypoints = [_targets(body) for body in scene.instruments]
    targets = np.concatenate(keypoints or [np.zeros((1, 3))])
    for hand in hands[: 2 if happens(rng, preset.field.gown_share) else 0]:
        gown = gown_behind(rng, hand, center, wear)
        if gown is not None and _is_in_front(scene, gown):
            hands = [*hands, gown]
    needles = [
        sample_needle(rng, body)
        for body in scene.instruments
        if body.name in scene.held and body.kind == "needle_holder"
        if happens(rng, preset.instruments.needle_share)
    ]
    occluders = []
    if happens(rng, preset.occluders.share):
        for i in range(integer(rng, preset.occluders.count)):
            occluders.append(sample_occluder(rng, preset, f"occluder{i}", center, targets, wear))
    added = [*hands, *(needle for needle in needles if _is_in_front(scene, needle))]
    for body in occluders:
        if _fits(scene, body, added):
            added.append(body)
    blurs = happens(rng, preset.camera.blur_share)
    return replace(
        scene,
        instruments=[_stain(rng, body, wear.look.blood) for body in scene.instruments],
        others=[*(_stain(rng, body, wear.look.blood) for body in scene.others), *added],
        wear=wear,
        focus=float(np.linalg.norm(center - targets.mean(axis=0))),
        f_number=log_uniform(rng, preset.camera.f_number) if blurs else 0.0,
        ground=sample_ground(rng, preset, assets, scene.camera, scene.to_world, folds),
        backdrop=sample_picture(rng, preset, assets.backgrounds, _BACKDROP_PIXELS),
        sky=sample_light(rng, preset, assets),
        sky_strength=uniform(rng, preset.light.sky),
        lamps=sample_lamps(rng, preset.light),
    )


def _targets(body: Body) -> np.ndarray:
    """(N, 3) what may be covered: keypoints, or the middle of what has none."""
    keypoints = body.keypoints_world()
    return keypoints if len(keypoints) else body.vertices().mean(axis=0)[None]


def _fits(scene: Scene, body: Body, added: list[Body]) -> bool:
    """Whether a hand or an occluder is before the camera and passes through nothing hard."""
    hard = [
        other
        for other in [*scene.bodies, *added]
        if body.name != f"hand{other.name}" and other.kind not in (*SOFT, "needle")
    ]
    return _is_in_front(scene, body) and not touches(body, hard)


def _stain(rng: np.random.Generator, body: Body, blood: float) -> Body:
    """Instruments in bloody hands are bloody."""
    if body.model is None or body.look is None or blood <= 0:
        return body
    return replace(body, look=replace(body.look, blood=blood * rng.uniform(0.2, 1.0)))
