"""How deep a point lies in a mesh, across the instrument.

Shapes: R rays, F triangles.
"""

import numpy as np

from data_gen.instruments.model import Part

_DIRECTIONS = 16


def depth_across(parts: list[Part], point: np.ndarray, limit: float = 0.02) -> float:
    """Longest way from a point inside the metal to its surface, at right angles to Y.

    Args:
        point: (3,) meters.
        limit: a longer way is cut to this.

    Returns:
        Meters; 0 where no ray leaves the metal, as in the hole of a ring or off the surface.
    """
    angle = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS + 0.013  # off the symmetric planes
    rays = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=-1)
    deepest = 0.0
    for part in parts:
        hits = ray_hits(part.vertices[triangles(part)], point, rays)
        inside = np.isfinite(hits).sum(axis=1) % 2 == 1
        if inside.any():
            deepest = max(deepest, float(hits[inside].min(axis=1).max()))
    return min(deepest, limit)


def ray_hits(corners: np.ndarray, start: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Distances from one point to triangles along rays.

    Args:
        corners: (F, 3, 3).
        rays: (R, 3) unit directions.

    Returns:
        (R, F) distances, inf where a ray misses.

    Source: Moeller and Trumbore, Fast, minimum storage ray-triangle intersection, 1997.
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(rays[:, None], second[None])
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / np.einsum("rfi,fi->rf", normal, first)
        offset = start - corners[:, 0]
        u = np.einsum("rfi,fi->rf", normal, offset) * inverse
        turned = np.cross(offset, first)
        v = (rays @ turned.T) * inverse
        distance = np.einsum("fi,fi->f", turned, second) * inverse
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0) & np.isfinite(distance)
    return np.where(hit, distance, np.inf)


def triangles(part: Part) -> np.ndarray:
    """(F, 3) vertex indices; quads and polygons as fans."""
    return np.array([(f[0], f[i], f[i + 1]) for f in part.faces for i in range(1, len(f) - 1)])
