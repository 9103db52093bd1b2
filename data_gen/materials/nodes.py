"""Node trees of the materials, for Cycles.

Texture coordinates are the object's own, in meters, so that scratches keep their size and run
along the instrument (Y). One principled shader each: few nodes render fast.
"""

import bpy
import numpy as np

from data_gen.materials import MATERIALS
from data_gen.materials.look import GLOVES, GOWNS, Look
from data_gen.materials.tree import ShaderTree
from surgtools.errors import InputError


def build_material(key: str, look: Look) -> "bpy.types.Material":
    """The material of a key and a look; made once, then found again by name."""
    if key not in MATERIALS:
        raise InputError(f"material {key!r} is unknown; use one of {', '.join(MATERIALS)}")
    name = f"{key}-{hash(look) & 0xFFFFFFFFFF:010x}"
    material = bpy.data.materials.get(name)
    if material is None:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        _BUILDERS[key](ShaderTree(material.node_tree), look)
    return material


def _metal(tree: ShaderTree, look: Look, color: tuple[float, float, float]) -> None:
    """Scratched, smudged and tarnished metal of one reflection color."""
    fine = 1 / look.scratch_pitch
    long = fine / look.scratch_stretch
    scale = (long, fine, long) if look.across else (fine, long, fine)
    scratches = tree.noise(scale, look.seed, detail=1.0)
    smudges = tree.noise((1 / look.smudge_size,) * 3, look.seed + 7)
    tarnish = tree.noise((1 / look.tarnish_size,) * 3, look.seed + 13, detail=3.0)
    spread = 0.6 * look.scratches
    rough = tree.ranged(scratches, 0.3, 0.7, look.roughness - spread, look.roughness + spread)
    smeared = tree.ranged(smudges, 0.45, 0.75, 0.0, look.smudges)
    dull = tuple(c * (1 - look.tarnish) * t for c, t in zip(color, (1.0, 0.96, 0.88), strict=True))
    patches = tree.ranged(tarnish, 0.42, 0.75, 0.0, 1.0)
    tree.set(
        Base_Color=_bloodied(tree, look, tree.blend(patches, (*color, 1.0), (*dull, 1.0)), 0.5),
        Metallic=1.0,
        Roughness=tree.total(rough, smeared),
        Normal=tree.bump(scratches, look.scratches, 0.5 * look.scratch_pitch),
    )
    if look.anisotropy > 0.3:
        tangent = tree.node("ShaderNodeTangent", direction_type="RADIAL", axis="Y")
        tree.set(Anisotropic=look.anisotropy, Tangent=tangent.outputs["Tangent"])


def _steel(tree: ShaderTree, look: Look) -> None:
    tone, warmth = look.steel_tone, look.steel_warmth
    _metal(tree, look, (tone * (1 + warmth), tone, tone * (1 - warmth)))


def _polished(tree: ShaderTree, look: Look) -> None:
    tone = 0.5 + 0.4 * look.steel_tone
    tree.set(Base_Color=(tone, tone, tone, 1.0), Metallic=1.0, Roughness=0.16)


def _groove(tree: ShaderTree, look: Look) -> None:
    tone = look.steel_tone * (0.75 - 0.9 * look.tarnish)
    tree.set(Base_Color=(tone, 0.97 * tone, 0.92 * tone, 1.0), Metallic=1.0, Roughness=0.6)


def _gold(tree: ShaderTree, look: Look) -> None:
    tone, depth = look.gold_tone, look.gold_depth
    _metal(tree, look, (tone, tone * (1 - 0.32 * depth), tone * (1 - 0.85 * depth)))


def _hatching(tree: ShaderTree, look: Look, tone: float) -> None:
    """Crossed grooves on the faces that grip."""
    fine = 6.28 / look.hatch_pitch
    waves = []
    for turn in (0.785, -0.785):
        mapping = tree.node("ShaderNodeMapping")
        tree.feed(mapping.inputs["Vector"], tree.coordinates)
        mapping.inputs["Rotation"].default_value = (turn, 0.0, 0.0)
        wave = tree.node("ShaderNodeTexWave", bands_direction="Y")
        tree.feed(wave.inputs["Vector"], mapping.outputs["Vector"])
        wave.inputs["Scale"].default_value = fine / 20
        waves.append(wave.outputs["Fac"])
    height = tree.total(*waves)
    tree.set(
        Base_Color=tree.blend(
            tree.ranged(height, 0.2, 1.4, 0.0, 1.0),
            (tone * 0.35,) * 3 + (1.0,),
            (tone,) * 3 + (1.0,),
        ),
        Metallic=0.9,
        Roughness=0.5,
        Normal=tree.bump(height, 0.8, look.hatch_pitch / 3),
    )


def _insert(tree: ShaderTree, look: Look) -> None:
    _hatching(tree, look, look.insert_tone)


def _hatched(tree: ShaderTree, look: Look) -> None:
    _hatching(tree, look, 0.6 * look.steel_tone)


def _dark(tree: ShaderTree, look: Look) -> None:
    tree.set(Base_Color=(0.03, 0.028, 0.025, 1.0), Metallic=0.0, Roughness=0.8)


def _glove(tree: ShaderTree, look: Look) -> None:
    """Thin rubber, in places bloody."""
    color = tuple(min(look.cloth_tone * c, 0.9) for c in GLOVES[look.glove])
    wrinkles = tree.noise((170.0, 60.0, 170.0), look.seed, detail=2.0)
    tree.set(
        Base_Color=_bloodied(tree, look, (*color, 1.0)),
        Roughness=0.3 + 0.5 * look.roughness,
        Normal=tree.bump(wrinkles, 0.35, 0.002),
    )


def stain(tree, surface) -> None:
    """Blood on a plain surface; soaked cloth is stained in large patches."""
    wrapped = ShaderTree(tree)
    blots = wrapped.noise((7.0, 7.0, 7.0), 100 * surface.roughness + surface.blood, detail=4.0)
    edge = 0.68 - 0.4 * surface.blood
    color = (*np.asarray(surface.color, dtype=float) ** 2.2, 1.0)
    film = wrapped.ranged(blots, edge, edge + 0.1, 0.0, 0.9)
    wrapped.set(Base_Color=wrapped.blend(film, color, (0.20, 0.012, 0.01, 1.0)))


def _bloodied(tree: ShaderTree, look: Look, color, most: float = 0.85):
    """A color with smears of blood over ``look.blood`` of it."""
    if look.blood <= 0:
        return color
    smears = tree.noise((22.0, 22.0, 22.0), look.seed + 31, detail=5.0)
    edge = 0.68 - 0.4 * look.blood
    film = tree.ranged(smears, edge, edge + 0.12, 0.0, most)
    return tree.blend(film, color, (0.26, 0.018, 0.012, 1.0))


def _cloth(tree: ShaderTree, look: Look, color: tuple[float, float, float]) -> None:
    folds = tree.noise((50.0, 50.0, 50.0), look.seed, detail=3.0)
    tree.set(
        Base_Color=(*(min(look.cloth_tone * c, 0.9) for c in color), 1.0),
        Roughness=0.85,
        Normal=tree.bump(folds, 0.5, 0.005),
    )


def _gown(tree: ShaderTree, look: Look) -> None:
    """Cloth in the greens and blues of a theatre."""
    _cloth(tree, look, GOWNS[look.gown])


def _coat(tree: ShaderTree, look: Look) -> None:
    """White cotton."""
    _cloth(tree, look, (0.74, 0.74, 0.72))


def _knit(tree: ShaderTree, look: Look) -> None:
    """A coat's cuff: black, white or the gown's color."""
    _cloth(
        tree, look, ((0.012, 0.012, 0.014), (0.7, 0.7, 0.68), GOWNS[look.gown])[int(look.seed) % 3]
    )


def _skin(tree: ShaderTree, look: Look) -> None:
    pale, dark = np.array([0.70, 0.42, 0.30]), np.array([0.16, 0.075, 0.045])
    color = tuple(pale ** (1 - look.skin_tone) * dark**look.skin_tone)
    red = (color[0], 0.8 * color[1], 0.8 * color[2], 1.0)
    blotches = tree.noise((90.0, 90.0, 90.0), look.seed, detail=3.0)
    tree.set(
        Base_Color=_bloodied(tree, look, tree.blend(blotches, (*color, 1.0), red)),
        Roughness=0.55 - 0.3 * min(look.blood, 0.5),
        Normal=tree.bump(tree.noise((900.0, 900.0, 900.0), look.seed), 0.2, 0.0006),
    )


_BUILDERS = {
    "steel": _steel,
    "polished": _polished,
    "gold": _gold,
    "groove": _groove,
    "insert": _insert,
    "hatched": _hatched,
    "dark": _dark,
    "glove": _glove,
    "gown": _gown,
    "coat": _coat,
    "knit": _knit,
    "skin": _skin,
}
