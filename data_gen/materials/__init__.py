"""Materials by key: what ``Part.material`` names, and how Blender shows it.

look = sample_look(rng)
apply_material(bpy_object, "steel", look)
"""

from data_gen.materials.look import Look, sample_look

__all__ = ["MATERIALS", "Look", "apply_material", "sample_look"]

MATERIALS: tuple[str, ...] = (
    "steel",
    "polished",
    "gold",
    "insert",
    "hatched",
    "groove",
    "dark",
    "glove",
    "gown",
    "coat",
    "knit",
    "skin",
)
"""Keys that parts may name."""


def apply_material(bpy_object, key: str, look: Look) -> None:
    """Give an object the only material it wears; equal key and look share one material.

    Args:
        bpy_object: a mesh object.
        key: one of ``MATERIALS``.

    Raises:
        InputError: unknown key.
    """
    from data_gen.materials.nodes import build_material  # bpy is slow to import

    material = build_material(key, look)
    bpy_object.data.materials.clear()
    bpy_object.data.materials.append(material)
