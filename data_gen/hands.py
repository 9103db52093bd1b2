"""The hands of a scene: on what is held, or empty, all in the same gloves and sleeves."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from data_gen.bodies import Body, Wear
from data_gen.camera import RenderCamera
from data_gen.furnishings import sample_gown
from data_gen.instruments import hold, sample_hand
from data_gen.instruments.model import rotation as rotation_about
from data_gen.materials import sample_look
from data_gen.placement import point_at, spin
from data_gen.presets import choose, happens, integer, uniform

_TRIES = 4

_LIFT = 0.04
"""Meters below an empty hand's middle that keep it out of the ground."""

_GOWN_CLEAR = 0.3
"""Meters that a gown's middle keeps from the line of sight, seen from above."""


def sample_wear(rng: np.random.Generator, ranges: SimpleNamespace) -> Wear:
    """Draw gloves and sleeves, the same for all hands of a scene."""
    shape = {
        "gloved": float(happens(rng, ranges.gloved_share)),
        "wear": choose(rng, ranges.sleeve_weights),
        "forearm": list(ranges.forearm),
    }
    look = {
        "glove": choose(rng, ranges.glove_weights),
        "gown": choose(rng, ranges.gown_weights),
        "blood": uniform(rng, ranges.blood) if happens(rng, ranges.blood_share) else 0.0,
    }
    return Wear(shape, sample_look(rng, look))


def grip(body: Body, seed: int, wear: Wear) -> Body:
    """A hand that holds an instrument as it is posed and opened."""
    rng = np.random.default_rng(seed)
    hand = hold(body.model, body.opening, rng, wear.shape)
    return Body(
        name=f"hand{body.name}",
        kind="hand",
        parts=hand.articulate().parts,
        pose=body.pose,
        look=replace(wear.look, seed=float(rng.uniform(0, 100))),
        seed=seed,
        wear=wear,
    )


def reach_in(rng: np.random.Generator, name: str, wear: Wear) -> Body:
    """Draw a hand that holds nothing, back up, at the world's origin."""
    parts = sample_hand(rng, wear.shape).articulate().parts
    look = replace(wear.look, seed=float(rng.uniform(0, 100)))
    return Body(name=name, kind="empty hand", parts=parts, look=look)


def sample_hands(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    bodies: list[Body],
    held: frozenset[str],
    camera: RenderCamera,
    to_world: np.ndarray,
    wear: Wear,
    fits: Callable[[Body, list[Body]], bool],
) -> list[Body]:
    """Hands on what is held, and empty ones; where there is nothing, an empty one.

    Args:
        held: names of the bodies to hold.
        fits: whether there is room for a hand beside those before it; it is drawn again, with a
            shorter forearm, and left out in the end.
    """
    makers = [
        lambda wear, body=body: grip(body, int(rng.integers(1 << 30)), wear)
        for body in bodies
        if body.name in held
    ]
    lone = not bodies and preset.hands.empty_share > 0
    if lone or happens(rng, preset.hands.empty_share):
        makers += [
            lambda wear, i=i: sample_empty_hand(rng, f"empty{i}", preset, camera, to_world, wear)
            for i in range(integer(rng, preset.hands.empty_count))
        ]
    hands: list[Body] = []
    for make in makers:
        for attempt in range(_TRIES):
            short = {**wear.shape, "forearm": [0.08, 0.16]} if attempt else wear.shape
            hand = make(replace(wear, shape=short))
            if fits(hand, hands):
                hands.append(hand)
                break
    return hands


def sample_empty_hand(
    rng: np.random.Generator,
    name: str,
    preset: SimpleNamespace,
    camera: RenderCamera,
    to_world: np.ndarray,
    wear: Wear,
) -> Body:
    """A hand that holds nothing, somewhere in the picture, the forearm upwards or level."""
    body = reach_in(rng, name, wear)
    rotation = spin(rng.uniform(0, 2 * np.pi)) @ rotation_about("x", -rng.uniform(0.0, 1.0))
    rotation = rotation @ rotation_about("y", rng.uniform(-2.0, 2.0))
    lift = _LIFT + uniform(rng, preset.instruments.lift)
    pixel = rng.uniform(*preset.instruments.center, size=2) * [camera.width, camera.height]
    hand = body.parts[0].vertices
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = point_at(camera, to_world, pixel, lift) - rotation @ hand.mean(axis=0)
    lowest = (hand @ rotation[2]).min() + pose[2, 3]
    pose[2, 3] += max(0.01 - lowest, 0.0)
    return replace(body, pose=pose)


def gown_behind(
    rng: np.random.Generator, hand: Body, camera: np.ndarray, wear: Wear
) -> Body | None:
    """The front of a gown where a hand's arm comes from; none where it would block the view."""
    away = -hand.pose[:2, 1] if hand.name.startswith("hand") else rng.normal(size=2)
    away = away / max(np.linalg.norm(away), 1e-6)
    behind = hand.pose[:2, 3] + away * rng.uniform(0.4, 0.6)
    line = camera[:2] - hand.pose[:2, 3]
    share = np.clip((behind - hand.pose[:2, 3]) @ line / max(line @ line, 1e-6), 0, 1)
    clear = np.linalg.norm(hand.pose[:2, 3] + share * line - behind)
    material = wear.shape["wear"]
    if clear < _GOWN_CLEAR or material == "bare":
        return None
    return replace(sample_gown(rng, behind, hand.look, material), name=f"gown{hand.name}")
