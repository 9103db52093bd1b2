"""One scene, from the preset's ranges to things in place: sample, check, accept.

Nothing here needs Blender. The order of the story is the order of ``sample_scene``: instruments,
camera, ground, where each thing lies, what stands in between, light.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from data_gen.backgrounds import load_background, noise, sample_background
from data_gen.bodies import Body, sample_body, sample_object
from data_gen.camera import Camera, centered_camera
from data_gen.instruments import InstrumentModel
from data_gen.labels import is_inside, share_inside, to_frame
from data_gen.placement import (
    HeightField,
    lean,
    look_down,
    point_at,
    pose_at,
    spin,
    world_parts,
)
from data_gen.presets import chance, choose, integer, log_uniform, uniform
from data_gen.skies import load_sky, sample_sky

_TRIES = 40
_GROUND_PIXELS = 1024


@dataclass(frozen=True)
class Assets:
    """What the user brings; every list may be empty."""

    backgrounds: list[Path] = field(default_factory=list)
    skies: list[Path] = field(default_factory=list)
    models: dict[str, list[InstrumentModel]] = field(default_factory=dict)
    camera: Camera | None = None


@dataclass(frozen=True)
class Ground:
    """A square of ``2 * half`` meters around the origin.

    Attributes:
        picture: (S, S, 3) sRGB.
        heights: (N, N) meters, rows along y; None when flat.
    """

    picture: np.ndarray
    half: float
    heights: np.ndarray | None
    roughness: float
    specular: float
    bump: float


@dataclass(frozen=True)
class Lamp:
    """A small round lamp; ``strength`` is its light on the ground, white paper = 1."""

    place: np.ndarray
    strength: float
    size: float
    color: np.ndarray


@dataclass(frozen=True)
class Scene:
    """Everything that is rendered.

    Attributes:
        to_world: (4, 4) camera frame to world.
        ground: None when the things float before ``backdrop``.
        backdrop: (S, S, 3) sRGB behind everything that is transparent.
        instruments: with a category; ``others`` are rendered and never labelled.
    """

    camera: Camera
    to_world: np.ndarray
    focus: float
    f_number: float
    ground: Ground | None
    backdrop: np.ndarray
    instruments: list[Body]
    others: list[Body]
    sky: np.ndarray
    sky_strength: float
    lamps: list[Lamp]

    @property
    def bodies(self) -> list[Body]:
        return [*self.instruments, *self.others]

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) world points to (N, 2) pixels."""
        return self.camera.project(to_frame(np.linalg.inv(self.to_world), points))


def sample_scene(rng: np.random.Generator, preset: SimpleNamespace, assets: Assets) -> Scene:
    """Draw scenes until one is acceptable; see ``is_acceptable``."""
    for _ in range(_TRIES):
        scene = _draw(rng, preset, assets)
        if is_acceptable(scene, preset.instruments.min_inside):
            return scene
    return replace(scene, instruments=[])  # an empty picture is a picture


def is_acceptable(scene: Scene, min_inside: float) -> bool:
    """Whether every instrument is in front of the camera, in the picture, with two keypoints."""
    camera = scene.camera
    to_camera = np.linalg.inv(scene.to_world)
    for body in scene.bodies:
        if to_frame(to_camera, body.vertices())[:, 2].min() < 0.03:
            return False
    for body in scene.instruments:
        pixels = scene.pixels(body.vertices())
        keypoints = scene.pixels(body.keypoints_world())
        if share_inside(pixels, camera.width, camera.height) < min_inside:
            return False
        if is_inside(keypoints, camera.width, camera.height).sum() < 2:
            return False
    return True


def _draw(rng: np.random.Generator, preset: SimpleNamespace, assets: Assets) -> Scene:
    ranges = preset.instruments
    count = choose(rng, ranges.count_weights)
    kinds = [choose(rng, ranges.kind_weights) for _ in range(count)]
    instruments = [
        sample_body(rng, f"{i}", kind, ranges.opening, ranges.closed_share, assets.models)
        for i, kind in enumerate(kinds)
    ]

    length = instruments[0].length() if instruments else rng.uniform(0.1, 0.2)
    camera, to_world = _sample_camera(rng, preset, assets, length)

    ground = _sample_ground(rng, preset, assets, camera, to_world)
    field_ = HeightField(ground.heights if ground else None)
    others = _sample_distractors(rng, preset.distractors)
    placed = []
    for body in rng.permutation(np.array([*instruments, *others], dtype=object)):
        placed.append(_place(rng, body, ranges, camera, to_world, field_))
    instruments = sorted((b for b in placed if b.category_id), key=lambda b: int(b.name))
    others = [b for b in placed if b.category_id is None]

    targets = np.concatenate([b.keypoints_world() for b in instruments] or [np.zeros((1, 3))])
    if chance(rng, preset.occluders.share):
        others += [
            sample_occluder(rng, preset, f"occluder{i}", to_world[:3, 3], targets)
            for i in range(integer(rng, preset.occluders.count))
        ]

    has_blur = chance(rng, preset.camera.blur_share)
    return Scene(
        camera=camera,
        to_world=to_world,
        focus=float(np.linalg.norm(to_world[:3, 3] - targets.mean(axis=0))),
        f_number=log_uniform(rng, preset.camera.f_number) if has_blur else 0.0,
        ground=ground,
        backdrop=_sample_picture(rng, preset, assets, 512),
        instruments=instruments,
        others=others,
        sky=_sample_sky(rng, preset, assets),
        sky_strength=uniform(rng, preset.light.sky),
        lamps=_sample_lamps(rng, preset.light),
    )


def _sample_camera(
    rng: np.random.Generator, preset: SimpleNamespace, assets: Assets, length: float
) -> tuple[Camera, np.ndarray]:
    """A camera whose picture shows ``length`` meters at the preset's extent."""
    ranges = preset.camera
    distance = uniform(rng, ranges.distance)
    extent = uniform(rng, preset.instruments.extent)
    width, height = (int(n) for n in preset.resolution)
    if assets.camera:
        camera = assets.camera.resized(width, height)
        distance = camera.fx * length / (extent * min(width, height))
    else:
        focal = extent * min(width, height) * distance / length
        camera = centered_camera(width, height, focal, uniform(rng, ranges.distortion))
    tilt = np.deg2rad(uniform(rng, ranges.tilt))
    azimuth, roll = rng.uniform(0, 2 * np.pi, size=2)
    return camera, look_down(distance, tilt, azimuth, roll)


def _sample_ground(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    assets: Assets,
    camera: Camera,
    to_world: np.ndarray,
) -> Ground | None:
    ranges = preset.ground
    if not chance(rng, ranges.share):
        return None
    corners = [(-1, -1), (camera.width, -1), (-1, camera.height), (camera.width, camera.height)]
    reach = [point_at(camera, to_world, np.array(c), 0.0)[:2] for c in corners]
    half = float(np.clip(1.25 * np.abs(reach).max(), 0.1, 3.0))
    fold = uniform(rng, ranges.fold)
    return Ground(
        picture=_sample_picture(rng, preset, assets, _GROUND_PIXELS),
        half=half,
        heights=_folds(rng, fold) if fold > 0.0005 else None,
        roughness=uniform(rng, ranges.roughness),
        specular=uniform(rng, ranges.specular),
        bump=uniform(rng, ranges.bump) if chance(rng, ranges.bump_share) else 0.0,
    )


def _folds(rng: np.random.Generator, height: float, count: int = 160) -> np.ndarray:
    """(count, count) heights of cloth: broad waves and a few sharp ridges, mean 0."""
    waves = noise(rng, count, rng.uniform(1.5, 4), 2) / 2
    ridges = 1 - np.abs(noise(rng, count, rng.uniform(1, 3), 2))
    z = waves + rng.uniform(0.2, 1.0) * np.clip(ridges, -1, 1)
    return (z - z.mean()) * height / 2


def _sample_picture(
    rng: np.random.Generator, preset: SimpleNamespace, assets: Assets, size: int
) -> np.ndarray:
    if assets.backgrounds:
        path = assets.backgrounds[int(rng.integers(len(assets.backgrounds)))]
        return load_background(path, rng, size)
    return sample_background(rng, preset.ground.background_weights, size)


def _sample_sky(rng: np.random.Generator, preset: SimpleNamespace, assets: Assets) -> np.ndarray:
    if assets.skies:
        return load_sky(assets.skies[int(rng.integers(len(assets.skies)))], rng)
    return sample_sky(rng, preset.light)


def _sample_lamps(rng: np.random.Generator, ranges: SimpleNamespace) -> list[Lamp]:
    lamps = []
    for _ in range(integer(rng, ranges.lamp_count)):
        height = uniform(rng, ranges.lamp_height)
        aside = rng.normal(0, 0.5, size=2) * height
        warmth = uniform(rng, ranges.warmth)
        lamps.append(
            Lamp(
                place=np.array([*aside, height]),
                strength=uniform(rng, ranges.lamp),
                size=log_uniform(rng, ranges.lamp_size),
                color=np.array([1 + 0.25 * warmth, 1.0, 1 - 0.3 * warmth]),
            )
        )
    return lamps


def _sample_distractors(rng: np.random.Generator, ranges: SimpleNamespace) -> list[Body]:
    bodies = []
    for i in range(integer(rng, ranges.count) if chance(rng, ranges.share) else 0):
        name = f"other{i}"
        if chance(rng, ranges.instrument_share):
            kind = choose(rng, ranges.instrument_weights)
            bodies.append(sample_body(rng, name, kind, [0.0, 1.0], 0.5))
        else:
            bodies.append(sample_object(rng, name, choose(rng, ranges.object_weights)))
    return bodies


def _place(
    rng: np.random.Generator,
    body: Body,
    ranges: SimpleNamespace,
    camera: Camera,
    to_world: np.ndarray,
    heights: HeightField,
) -> Body:
    """Lay a body down, or let it float, so that its middle appears at a drawn place."""
    size = np.array([camera.width, camera.height])
    pixel = rng.uniform(*ranges.center, size=2) * size
    rests = body.model.rest_rotations(body.opening) if body.model else [np.eye(3)]
    rotation = spin(rng.uniform(0, 2 * np.pi)) @ rests[int(rng.integers(len(rests)))]
    floats = body.model is not None and chance(rng, ranges.floating_share)
    lift = 0.0
    if floats:
        lift = uniform(rng, ranges.lift)
        tilt = np.deg2rad(uniform(rng, ranges.tilt))
        rotation = lean(tilt, rng.uniform(0, 2 * np.pi)) @ rotation
    place = point_at(camera, to_world, pixel, lift)
    body = replace(body, pose=pose_at(body, rotation, np.array([*place[:2], 0.0])))
    rest = heights.below(world_parts(body), 1.0 if floats else 0.9) + 0.0003
    pose = body.pose.copy()
    pose[2, 3] += rest + lift
    body = replace(body, pose=pose)
    heights.put(world_parts(body))
    return body


def sample_occluder(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    name: str,
    camera_center: np.ndarray,
    targets: np.ndarray,
    closeness: tuple[float, float] = (0.75, 0.97),
) -> Body:
    """An object on the line from the camera to one of the (N, 3) targets, shrunk to stay near it.

    Args:
        closeness: range of its place on that line, 0 at the camera and 1 at the target.
    """
    kind = choose(rng, preset.occluders.weights)
    share = rng.uniform(*closeness)
    body = sample_object(rng, name, kind, scale=rng.uniform(0.4, 1.0) * share)
    target = targets[int(rng.integers(len(targets)))]
    rotation = spin(rng.uniform(0, 2 * np.pi)) @ lean(rng.uniform(0, 0.6), rng.uniform(0, 6.28))
    place = camera_center + share * (target - camera_center)
    pose = np.eye(4)
    pose[:3, :3] = rotation
    middle = body.middle()
    if kind == "finger":  # only its tip covers the target
        middle = np.array([middle[0] + 0.7 * body.length() / 2, *middle[1:]])
    pose[:3, 3] = place - rotation @ middle
    return replace(body, pose=pose)
