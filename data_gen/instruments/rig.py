"""A right hand whose finger joints bend: a skin of triangles that follows a skeleton.

The skin comes from ``hands/right.glb`` (MIT, ``hands/LICENSE.md``). Its frame here: the middle
knuckle at the origin, fingers towards +Y, the back up (+Z), the thumb at -X.

Shapes: J bones, V vertices, P poses at once, A angles of one pose (``ANGLES``).

rig = load_rig()
turns, places = rig.place(np.zeros((1, len(ANGLES))))
skin = rig.skin(turns[0], places[0])
"""

import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

HAND_FILE = Path(__file__).parent / "hands" / "right.glb"

FINGERS = ("thumb", "index", "middle", "ring", "little")

ANGLES: tuple[str, ...] = (
    "thumb_swing",
    "thumb_spread",
    "thumb_twist",
    "thumb_knuckle",
    "thumb_end",
    *(
        f"{finger}_{joint}"
        for finger in FINGERS[1:]
        for joint in ("knuckle", "spread", "middle", "end")
    ),
)
"""What a pose consists of, radians from the rest pose; bending towards the palm is positive."""

_PARENTS = (-1, 0, 1, 2, 3, *(p for f in range(4) for p in (0, *range(5 + 5 * f, 9 + 5 * f))))
"""Bones: the wrist; the thumb's three and its tip; of each finger metacarpal, three and tip."""

_TO_HAND = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
"""The file's axes (fingers -Y, back +X, thumb -Z) to this module's."""

_TYPES = {5121: "u1", 5123: "u2", 5125: "u4", 5126: "f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def bone(finger: str, segment: int) -> int:
    """Index of a bone: segment 0 to 2 from the knuckle out, 3 the tip, -1 the metacarpal.

    The thumb's segment 0 is its metacarpal, as the bone that swings from the wrist.
    """
    f = FINGERS.index(finger)
    return 1 + segment if f == 0 else 5 * f + 1 + segment


@dataclass(frozen=True)
class Rig:
    """A skin and the skeleton it hangs on, at rest.

    Attributes:
        vertices: (V, 3) meters.
        faces: counterclockwise seen from outside.
        turns: (J, 3, 3) bones to the hand: -z along the bone, y towards the nail.
        places: (J, 3) where each bone begins.
        weights: (V, J) share of each bone in each vertex, rows sum to 1.
    """

    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    turns: np.ndarray
    places: np.ndarray
    weights: np.ndarray

    def place(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bend the joints, from the wrist out.

        Args:
            angles: (P, A) radians, see ``ANGLES``.

        Returns:
            (P, J, 3, 3) turns and (P, J, 3) places of all bones.
        """
        bends = _bends(np.asarray(angles, dtype=float))
        turns = np.broadcast_to(self.turns, (len(bends), *self.turns.shape)).copy()
        places = np.broadcast_to(self.places, (len(bends), *self.places.shape)).copy()
        for j, parent in enumerate(_PARENTS):
            if parent < 0:
                continue
            back = self.turns[parent].T
            turns[:, j] = turns[:, parent] @ (back @ self.turns[j]) @ bends[:, j]
            offset = back @ (self.places[j] - self.places[parent])
            places[:, j] = places[:, parent] + turns[:, parent] @ offset
        return turns, places

    def skin(self, turns: np.ndarray, places: np.ndarray) -> np.ndarray:
        """(V, 3) the skin on bones at (J, 3, 3) turns and (J, 3) places.

        Source: linear blend skinning; each vertex is the weighted mean of where its bones put it.
        """
        moves = turns @ self.turns.transpose(0, 2, 1)
        shifts = places - np.einsum("jab,jb->ja", moves, self.places)
        matrices = np.einsum("vj,jab->vab", self.weights, moves)
        return np.einsum("vab,vb->va", matrices, self.vertices) + self.weights @ shifts


@cache
def load_rig() -> Rig:
    """Read the hand that comes with the generator; equal vertices become one."""
    content, read = _read_glb(HAND_FILE)
    (primitive,) = content["meshes"][0]["primitives"]
    at = primitive["attributes"]
    nodes = [content["nodes"][j] for j in content["skins"][0]["joints"]]
    points, first, same = np.unique(
        read(at["POSITION"]).round(6), axis=0, return_index=True, return_inverse=True
    )
    weights = np.zeros((len(points), len(nodes)))
    rows = np.arange(len(points))[:, None]
    np.add.at(weights, (rows, read(at["JOINTS_0"])[first]), read(at["WEIGHTS_0"])[first])
    triangles = same.reshape(-1)[read(primitive["indices"]).reshape(-1, 3)]
    flat = (triangles == np.roll(triangles, 1, axis=1)).any(axis=1)
    places = np.array([node["translation"] for node in nodes]) @ _TO_HAND.T
    origin = places[bone("middle", 0)]
    return Rig(
        vertices=points @ _TO_HAND.T - origin,
        faces=[tuple(face) for face in triangles[~flat].tolist()],
        turns=_TO_HAND @ np.array([_to_matrix(node["rotation"]) for node in nodes]),
        places=places - origin,
        weights=weights / weights.sum(axis=1, keepdims=True),
    )


def _bends(angles: np.ndarray) -> np.ndarray:
    """(P, J, 3, 3) what each joint adds in its own frame."""
    bends = np.broadcast_to(np.eye(3), (len(angles), len(_PARENTS), 3, 3)).copy()
    swing, spread, twist, knuckle, end = angles[:, :5].T
    bends[:, 1] = _about("y", -spread) @ _about("x", -swing) @ _about("z", twist)
    bends[:, 2] = _about("x", -knuckle)
    bends[:, 3] = _about("x", -end)
    for f in range(4):
        knuckle, spread, middle, end = angles[:, 5 + 4 * f : 9 + 4 * f].T
        j = 6 + 5 * f
        bends[:, j] = _about("y", -spread) @ _about("x", -knuckle)
        bends[:, j + 1] = _about("x", -middle)
        bends[:, j + 2] = _about("x", -end)
    return bends


def _about(axis: str, angles: np.ndarray) -> np.ndarray:
    """(P, 3, 3) rotations about one axis."""
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    turns = np.broadcast_to(np.eye(3), (len(angles), 3, 3)).copy()
    turns[:, j, j] = turns[:, k, k] = np.cos(angles)
    turns[:, k, j], turns[:, j, k] = np.sin(angles), -np.sin(angles)
    return turns


def _to_matrix(quaternion: list[float]) -> np.ndarray:
    x, y, z, w = np.array(quaternion) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _read_glb(path: Path):
    """The description in a binary glTF file, and a function that reads one of its arrays.

    Source: glTF 2.0 specification, sections 3.6 and 4.4.
    """
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    content = json.loads(data[20 : 20 + length])
    body = data[28 + length :]

    def read(index: int) -> np.ndarray:
        accessor = content["accessors"][index]
        view = content["bufferViews"][accessor["bufferView"]]
        width = _WIDTHS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        kind = _TYPES[accessor["componentType"]]
        values = np.frombuffer(body, f"<{kind}", accessor["count"] * width, start)
        return values.reshape(accessor["count"], width)

    return content, read
