"""Find and check what the user brings: photographs, HDRIs, models and a camera."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data_gen.backgrounds import list_pictures
from data_gen.camera import Camera, load_camera
from data_gen.instruments import InstrumentModel
from data_gen.skies import load_sky
from surgtools.errors import InputError

_SKY_SUFFIXES = (".hdr", ".exr")


@dataclass(frozen=True)
class Assets:
    """Everything that the user brought; what is empty the generator draws itself.

    Attributes:
        textures: of the ground; without them it shows ``backgrounds``.
        models: by the kind of instrument they stand for.
    """

    backgrounds: list[Path] = field(default_factory=list)
    skies: list[Path] = field(default_factory=list)
    textures: list[Path] = field(default_factory=list)
    models: dict[str, list[InstrumentModel]] = field(default_factory=dict)
    camera: Camera | None = None


def load_assets(
    backgrounds: str | None = None,
    hdris: str | None = None,
    models: Sequence[str] = (),
    camera: str | None = None,
    textures: str | None = None,
) -> Assets:
    """Read what the paths name.

    Raises:
        InputError: something is missing or cannot be used; the message names file and key.
    """
    return Assets(
        backgrounds=_list_surfaces(backgrounds) if backgrounds else [],
        skies=list_skies(hdris) if hdris else [],
        textures=_list_surfaces(textures) if textures else [],
        models=load_own_models(models),
        camera=load_camera(camera) if camera else None,
    )


def _list_surfaces(folder: str | Path) -> list[Path]:
    """The pictures of a folder; an HDRI beside them is a sky and no surface."""
    return [path for path in list_pictures(folder) if path.suffix.lower() not in _SKY_SUFFIXES]


def list_skies(folder: str | Path) -> list[Path]:
    """The HDRIs of a folder, sorted, each opened once.

    Raises:
        InputError: no such folder, none in it, or one that cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of HDRIs; check the path")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SKY_SUFFIXES)
    if not files:
        raise InputError(f"{folder}: holds no HDRI ({', '.join(_SKY_SUFFIXES)})")
    for path in files:
        load_sky(path, np.random.default_rng(0))
    return files


def load_own_models(paths: Sequence[str]) -> dict[str, list[InstrumentModel]]:
    """Read the user's models and sort them by kind.

    Raises:
        InputError: a file cannot be used; the message names file and key.
    """
    models: dict[str, list[InstrumentModel]] = {}
    for path in paths:
        from data_gen.instruments.imported import load_model  # needs trimesh or Blender

        model = load_model(Path(path))
        models.setdefault(model.name, []).append(model)
    return models
