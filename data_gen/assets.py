"""Find and check what the user brings: photographs, HDRIs, models and a camera."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data_gen.camera import RenderCamera, load_camera
from data_gen.instruments import InstrumentModel
from data_gen.skies import load_sky
from surgtools.errors import InputError
from surgtools.images import require_pictures
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.files import read_taxonomy

_SKY_SUFFIXES = (".hdr", ".exr")


@dataclass(frozen=True)
class Assets:
    """Everything that the user brought; what is empty the generator draws itself.

    Attributes:
        textures: of the ground; without them it shows ``backgrounds``.
        models: by the kind of instrument they stand for.
        taxonomy: what is labelled: that of the user, or the built-in one and what models add.
        distance: meters at which the cameras of a rig look; None draws it.
    """

    backgrounds: list[Path] = field(default_factory=list)
    skies: list[Path] = field(default_factory=list)
    textures: list[Path] = field(default_factory=list)
    models: dict[str, list[InstrumentModel]] = field(default_factory=dict)
    camera: RenderCamera | None = None
    taxonomy: Taxonomy = SURGICAL
    distance: float | None = None

    @property
    def labelled_kinds(self) -> frozenset[str]:
        """What is no look-alike, because it is labelled: categories, and shapes of models."""
        shapes = (getattr(m, "kind", m.name) for own in self.models.values() for m in own)
        return frozenset((*self.taxonomy.classes, *shapes))

    def labelled(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Weights of the categories to draw: the preset's, and their mean for a new category.

        A category that neither a shape of the generator nor a model can show is left out.

        Raises:
            InputError: nothing is left.
        """
        able = {*self.models, *SURGICAL.classes}
        shown = [name for name in self.taxonomy.classes if name in able]
        known = [weight for name, weight in weights.items() if name in self.taxonomy.classes]
        usual = float(np.mean(known)) if any(known) else 1.0
        chosen = {name: weight for name, weight in weights.items() if name in shown}
        new = [name for name in shown if name not in (*weights, *SURGICAL.classes)]
        chosen |= dict.fromkeys(new, usual)
        if not any(chosen.values()):
            raise InputError(
                f"taxonomy {self.taxonomy.name!r}: nothing shows "
                f"{', '.join(self.taxonomy.classes)}; give a model of one with --instruments"
            )
        return chosen

    def unlabelled(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Weights of look-alikes, without those that are labelled."""
        return {kind: w for kind, w in weights.items() if kind not in self.labelled_kinds}


def load_assets(
    backgrounds: str | None = None,
    hdris: str | None = None,
    models: Sequence[str] = (),
    camera: str | None = None,
    textures: str | None = None,
    taxonomy: str | None = None,
) -> Assets:
    """Read what the paths name.

    Raises:
        InputError: something is missing or cannot be used; the message names file and key.
    """
    own, labelled = load_own_models(models, taxonomy)
    return Assets(
        backgrounds=_list_surfaces(backgrounds) if backgrounds else [],
        skies=list_skies(hdris) if hdris else [],
        textures=_list_surfaces(textures) if textures else [],
        models=own,
        camera=load_camera(camera) if camera else None,
        taxonomy=labelled,
    )


def _list_surfaces(folder: str | Path) -> list[Path]:
    """The pictures of a folder; an HDRI beside them is a sky and no surface."""
    return [path for path in require_pictures(folder) if path.suffix.lower() not in _SKY_SUFFIXES]


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


def load_own_models(
    paths: Sequence[str], taxonomy: str | None = None
) -> tuple[dict[str, list[InstrumentModel]], Taxonomy]:
    """Read the user's models, sort them by kind, and collect what they are labelled as.

    Args:
        taxonomy: a file of the categories; None starts from the built-in ones.

    Raises:
        InputError: a file cannot be used; the message names file and key.
    """
    models: dict[str, list[InstrumentModel]] = {}
    labelled = SURGICAL if taxonomy is None else read_taxonomy(taxonomy)
    for path in paths:
        from data_gen.instruments.categories import with_category
        from data_gen.instruments.imported import load_model  # needs trimesh or Blender

        model = load_model(Path(path), labelled)
        models.setdefault(model.name, []).append(model)
        labelled = with_category(labelled, model.category)
    _require_built_in(labelled, models)
    return models, labelled


def _require_built_in(taxonomy: Taxonomy, models: Mapping[str, list[InstrumentModel]]) -> None:
    """A built-in shape can be labelled as its own category only."""
    for category in taxonomy.categories:
        built_in = next((own for own in SURGICAL.categories if own.name == category.name), None)
        if built_in not in (None, category) and category.name not in models:
            raise InputError(
                f"taxonomy {taxonomy.name!r}: category {category.name!r} is another one than the "
                "built-in shape shows; copy the built-in entry, or give a model file of your own"
            )
