"""Choose the things of a scene, and how they lie, float, are held, or stand in between."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from data_gen.assets import Assets
from data_gen.bodies import Body, Wear, let_go, sample_body, sample_object, within_reach
from data_gen.camera import RenderCamera
from data_gen.hands import reach_in
from data_gen.instruments.model import rotation as turn_about
from data_gen.labels import share_inside, to_frame
from data_gen.placement import HeightField, lean, point_at, pose_at, spin, world_parts
from data_gen.presets import choose, happens, integer, uniform

_PLACES = 12
_HELD_LIFT = 0.04
"""Meters below a held instrument that keep the hand out of the ground."""

_ALONG_VIEW = 0.75
"""Cosine between a held instrument and the line of sight up to which it is seen well."""

SPAN = 0.06
"""Meters between thumb and ring finger at which a hand still holds both rings."""


@dataclass
class Spot:
    """Where several hands work at once: (2,) a place, and the side the next one comes from."""

    place: np.ndarray
    side: float


def sample_instruments(
    rng: np.random.Generator, ranges: SimpleNamespace, assets: Assets
) -> list[Body]:
    """The labelled instruments, at the world's origin."""
    weights = assets.labelled(ranges.kind_weights)
    kinds = [choose(rng, weights) for _ in range(choose(rng, ranges.count_weights))]
    return [
        sample_body(rng, f"{i}", kind, ranges.opening, ranges.closed_share, assets.models)
        for i, kind in enumerate(kinds)
    ]


def sample_distractors(
    rng: np.random.Generator, ranges: SimpleNamespace, assets: Assets | None = None
) -> list[Body]:
    """Other instruments and objects, at the world's origin; nothing that is labelled."""
    weights = (assets or Assets()).unlabelled(ranges.instrument_weights)
    bodies = []
    for i in range(integer(rng, ranges.count) if happens(rng, ranges.share) else 0):
        name = f"other{i}"
        if happens(rng, ranges.instrument_share) and weights:
            kind = choose(rng, weights)
            bodies.append(sample_body(rng, name, kind, [0.0, 1.0], 0.5))
        else:
            bodies.append(sample_object(rng, name, choose(rng, ranges.object_weights)))
    return bodies


def arrange(
    rng: np.random.Generator,
    bodies: list[Body],
    preset: SimpleNamespace,
    camera: RenderCamera,
    to_world: np.ndarray,
    heights: HeightField,
) -> tuple[list[Body], frozenset[str], frozenset[str]]:
    """Place bodies in random order, later ones on top of earlier ones.

    Args:
        heights: of the ground and of what lies there already; what is placed is added.

    Returns:
        The bodies in their given order, the names of those that a hand is to hold, and the
        names of those that lie on something.
    """
    placed = list(bodies)
    held_names, lying = set(), set()
    spot = None
    if happens(rng, preset.instruments.gather_share):
        spot = Spot(rng.uniform(-0.03, 0.03, size=2), rng.uniform(0, 2 * np.pi))
    for i in rng.permutation(len(bodies)):
        body = bodies[i]
        floats = body.model is not None and happens(rng, preset.instruments.floating_share)
        held = floats and body.is_holdable() and happens(rng, preset.hands.share)
        if held:
            body = within_reach(body, SPAN)
        elif not floats:
            body = let_go(body, rng)
        if held and spot is not None:
            placed[i] = _gather(rng, body, preset.instruments, to_world, heights, spot)
        else:
            placed[i] = _place(
                rng, body, preset.instruments, camera, to_world, heights, floats, held
            )
        if held:
            held_names.add(body.name)
        if not floats:
            lying.add(body.name)
    return placed, frozenset(held_names), frozenset(lying)


def sample_occluder(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    name: str,
    camera_center: np.ndarray,
    targets: np.ndarray,
    wear: Wear,
    closeness: tuple[float, float] = (0.75, 0.97),
) -> Body:
    """An object or a hand on the line from the camera to one of the (N, 3) targets.

    Objects are shrunk to stay near it; fingers and hands cover it with their tips.

    Args:
        closeness: range of its place on that line, 0 at the camera and 1 at the target.
    """
    kind = choose(rng, preset.occluders.weights)
    share = rng.uniform(*closeness)
    target = targets[int(rng.integers(len(targets)))]
    turn = spin(rng.uniform(0, 2 * np.pi))
    if kind == "hand":
        body = reach_in(rng, name, wear)
        glove = body.parts[0].vertices
        anchor = glove[glove[:, 1].argmax()]
        rotation = turn @ lean(-rng.uniform(0.1, 0.8), 0.0)  # the forearm comes from above
    else:
        body = sample_object(rng, name, kind, scale=rng.uniform(0.4, 1.0) * share)
        anchor = body.middle()
        if kind == "finger":
            anchor = anchor + [0.7 * body.length() / 2, 0, 0]
        rotation = turn @ lean(rng.uniform(0, 0.6), rng.uniform(0, 6.28))
    place = camera_center + share * (target - camera_center)
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = place - rotation @ anchor
    return replace(body, pose=pose)


def _place(
    rng: np.random.Generator,
    body: Body,
    ranges: SimpleNamespace,
    camera: RenderCamera,
    to_world: np.ndarray,
    heights: HeightField,
    floats: bool,
    held: bool,
) -> Body:
    rotation, lift = _attitude(rng, body, ranges, floats, held)
    for _ in range(_PLACES if held else 0):  # a forearm towards the camera would hide all
        if abs(rotation[:, 1] @ to_world[:3, 2]) < _ALONG_VIEW:
            break
        rotation, lift = _attitude(rng, body, ranges, floats, held)
    whole = body.category_id is not None and happens(rng, ranges.whole_share)
    to_camera = np.linalg.inv(to_world)
    size = np.array([camera.width, camera.height])
    for _ in range(_PLACES if whole else 1):
        pixel = rng.uniform(*ranges.center, size=2) * size
        place = point_at(camera, to_world, pixel, lift)
        tried = replace(body, pose=pose_at(body, rotation, np.array([*place[:2], lift])))
        points = to_frame(to_camera, tried.vertices())
        if points[:, 2].min() > 0.03 and share_inside(camera.project(points), *size) > 0.99:
            break
    rest = heights.below(world_parts(tried), sink=0.0 if floats else 0.1)
    pose = tried.pose.copy()
    pose[2, 3] += rest + 0.0003
    body = replace(tried, pose=pose)
    heights.put(world_parts(body))
    return body


def _gather(
    rng: np.random.Generator,
    body: Body,
    ranges: SimpleNamespace,
    to_world: np.ndarray,
    heights: HeightField,
    spot: Spot,
) -> Body:
    """Bring a held instrument's tips to the spot, from another side than the one before."""
    for _ in range(_PLACES):
        side = spot.side + rng.normal(0, 0.35)
        turn = spin(side + np.pi / 2)  # the tips point to the spot, the handles away from it
        across = turn[:, 0]
        tilt = np.deg2rad(uniform(rng, ranges.tilt))
        lowered = lean(-tilt, float(np.arctan2(across[1], across[0])))
        roll = np.deg2rad(uniform(rng, ranges.held_roll))
        rotation = lowered @ turn @ turn_about("y", roll)
        if abs(rotation[:, 1] @ to_world[:3, 2]) < _ALONG_VIEW:
            break
    spot.side += rng.uniform(1.7, 2.6)
    tip = body.model.held_points(body.opening)[[2, 4]].mean(axis=0)
    place = spot.place + rng.normal(0, 0.012, size=2)
    around = np.append(place, 0) + 0.004 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0.0]])
    rest = heights.below([around]) + rng.uniform(0.002, 0.03)
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = np.append(place, rest) - rotation @ tip
    return replace(body, pose=pose)


def _attitude(
    rng: np.random.Generator, body: Body, ranges: SimpleNamespace, floats: bool, held: bool
) -> tuple[np.ndarray, float]:
    """(3, 3) rotation and the height in meters above what is below."""
    turn = spin(rng.uniform(0, 2 * np.pi))
    if body.model is None:
        return turn, 0.0
    rests = body.model.rest_rotations(body.opening)
    rotation = turn @ rests[int(rng.integers(len(rests)))]
    if not floats:
        return rotation, 0.0
    lift = uniform(rng, ranges.lift)
    tilt = np.deg2rad(uniform(rng, ranges.tilt))
    if held:  # tips down, so that the hand is above
        across = turn[:, 0]
        lowered = lean(-tilt, float(np.arctan2(across[1], across[0])))
        roll = np.deg2rad(uniform(rng, ranges.held_roll))
        return lowered @ turn @ turn_about("y", roll), max(lift, _HELD_LIFT)
    return lean(tilt, rng.uniform(0, 2 * np.pi)) @ rotation, lift
