"""Which networks a command runs: a pair of the package, a folder that holds one, or single files.

``Models.find("fast")``, ``Models.find("outputs/adapted")``, ``Models.find(det_model=..., ...)``.
``fast-onnx`` is the same pair without torch, and what ``fast`` means where torch is missing.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from surgtools import zoo
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.hosts.installed import has_hosts
from surgtools.prediction.graphs import graph_of, is_graph
from surgtools.prediction.trained_files import expected_folder, trained_files

ROLES = ("detector", "pose")

ONE_FOR_BOTH = "one_stage"
"""The role of a network that finds boxes and keypoints at once, in the place of both."""

ALL_ROLES = (*ROLES, ONE_FOR_BOTH)

ONE_STAGE_GRAPH = f"{ONE_FOR_BOTH}.onnx"
"""In an exported folder, in the place of a detector and a pose model."""

PAIRS = {
    "general": (zoo.GENERAL_DETECTOR, zoo.GENERAL_POSE),
    "accurate": (zoo.DETECTOR, zoo.POSE),
    "fast": (zoo.FAST_DETECTOR, zoo.FAST_POSE),
}
"""The pairs that come with the package; the first is taken when nothing is named."""

ALONE = {"one-stage": zoo.ONE_STAGE}
"""Networks for boxes and keypoints that come with the package."""

AS_ONNX = "-onnx"
"""Behind such a name: run the graphs, which need no torch."""


@dataclass(frozen=True)
class Models:
    """A detector and a pose model, by the files they are made of.

    Attributes:
        det_model, det_weights: config and checkpoint of the detector, or of a network that finds
            boxes and keypoints at once; then there is no pose model. A graph of the package, which
            ends in ``.onnx``, stands alone.
        pose2d, pose2d_weights: of the pose model.
        exported: folder of ONNX files; then there is nothing else.
    """

    det_model: Path | None = None
    det_weights: Path | None = None
    pose2d: Path | None = None
    pose2d_weights: Path | None = None
    exported: Path | None = None

    @classmethod
    def find(
        cls,
        models: "str | Path | Models | None" = None,
        *,
        det_model: str | Path | None = None,
        det_weights: str | Path | None = None,
        pose2d: str | Path | None = None,
        pose2d_weights: str | Path | None = None,
        exported: bool = True,
    ) -> "Models":
        """What the user named.

        Args:
            models: a name of ``PAIRS`` or ``ALONE``, or a folder, see ``expected_folder``; None is
                the first pair.
            det_model, det_weights: single files or an alias, in the place of that detector. A
                network that needs no pose model stands alone unless one is named.
            pose2d, pose2d_weights: the same for the pose model.
            exported: whether messages may send the user to ``surgtools export``.

        Raises:
            InputError: a name, file or folder is not there or holds no models, or single files
                are named beside an exported folder.
        """
        named = cls._named(models, exported)
        detector, pose = (det_model, det_weights), (pose2d, pose2d_weights)
        given = [*detector, *pose]
        if named.is_onnx and any(part is not None for part in given):
            raise InputError(
                f"{named.exported or models}: holds both models as ONNX; leave --det-model, "
                "--det-weights, --pose2d and --pose2d-weights out"
            )
        if any(part is not None for part in detector):
            named = named.with_part("detector", *one_network(*detector, named.det_model))
        if any(part is not None for part in pose):
            named = named.with_part("pose", *one_network(*pose, named.pose2d))
        elif det_model is not None and has_hosts() and finds_keypoints(named.det_model):
            named = replace(named, pose2d=None, pose2d_weights=None)
        return named if named.exported or has_hosts() else named.as_graphs()

    @classmethod
    def _named(cls, models: "str | Path | Models | None", exported: bool) -> "Models":
        if isinstance(models, Models):
            return models
        name = str(next(iter(PAIRS)) if models is None else models)
        shipped = PAIRS | {alone: (network,) for alone, network in ALONE.items()}
        if name.removesuffix(AS_ONNX) in shipped:
            aliases = shipped[name.removesuffix(AS_ONNX)]
            found = cls(*(file for alias in aliases for file in one_network(alias)))
            return found.as_graphs() if name.endswith(AS_ONNX) else found
        folder = Path(name)
        if not folder.is_dir():
            wrong = "is a file" if folder.exists() else "no such folder, nor models of this name"
            raise InputError(
                f"{name}: {wrong}; {' or '.join(shipped)} is expected, or "
                f"{expected_folder(exported)}"
            )
        if (folder / "meta.json").is_file() or any(folder.glob("*.onnx")):
            return cls(exported=folder)
        if all(path.is_file() for path in vars(cls.in_folder(folder)).values() if path):
            return cls.in_folder(folder)
        return cls(*trained_files(folder, exported))

    @classmethod
    def in_folder(cls, folder: Path) -> "Models":
        """What ``write`` leaves in a folder: a pair, or one network where that lies there."""
        alone = (folder / f"{ONE_FOR_BOTH}.pth").exists()
        return cls._named_by((ONE_FOR_BOTH,) if alone else ROLES, folder)

    @classmethod
    def _named_by(cls, roles: Sequence[str], folder: Path) -> "Models":
        return cls(*(folder / f"{role}.{kind}" for role in roles for kind in ("py", "pth")))

    @staticmethod
    def written_in(folder: Path) -> bool:
        """Whether ``write`` came to its end in a folder."""
        return any((folder / f"{last}.pth").exists() for last in (ONE_FOR_BOTH, ROLES[-1]))

    @property
    def roles(self) -> tuple[str, ...]:
        """The networks that these are: a detector and a pose model, or one for both."""
        return (ONE_FOR_BOTH,) if self.is_one_stage else ROLES

    def files(self, role: str) -> tuple[Path, Path]:
        """Config and checkpoint of one part."""
        if role in ("detector", ONE_FOR_BOTH):
            return self.det_model, self.det_weights
        return self.pose2d, self.pose2d_weights

    @property
    def is_onnx(self) -> bool:
        """Whether they run without torch."""
        return bool(self.exported) or is_graph(self.det_model) or is_graph(self.pose2d)

    @property
    def is_one_stage(self) -> bool:
        """Whether they are one network for boxes and keypoints."""
        if self.exported:
            return (self.exported / ONE_STAGE_GRAPH).is_file()
        if is_graph(self.det_model):
            return self.det_model.stem in ALONE.values()
        return self.pose2d is None

    def as_graphs(self) -> "Models":
        """The same networks as graphs, see ``graph_of``."""
        detector, pose = (graph_of(*self.files(role)) for role in ROLES)
        return Models(det_model=detector, pose2d=pose)

    def with_part(self, role: str, config: Path, weights: Path) -> "Models":
        """The same models with one part exchanged."""
        if role in ("detector", ONE_FOR_BOTH):
            return replace(self, det_model=config, det_weights=weights)
        return replace(self, pose2d=config, pose2d_weights=weights)

    def only(self, role: str) -> "Models":
        """One part alone, for ``detector`` or ``pose``; what cannot be parted stays whole."""
        if self.exported or self.pose2d is None:
            return self
        if role == "detector":
            return replace(self, pose2d=None, pose2d_weights=None)
        return replace(self, det_model=None, det_weights=None)

    def require_pair(self, purpose: str) -> "Models":
        """These models, if they are a detector and a pose model with their checkpoints.

        Args:
            purpose: what needs them, for the message: ``"adapt trains"``.

        Raises:
            InputError: they are exported, or one network that finds all at once.
        """
        if self.is_onnx or self.pose2d is None:
            held = "ONNX files" if self.is_onnx else "one network for boxes and keypoints"
            raise InputError(
                f"{self.exported or self.det_model}: holds {held}, {purpose} a detector and a "
                "pose model with their checkpoints; give a folder or files with those"
            )
        return self

    def to_dict(self) -> dict[str, str]:
        """Files by argument name; those that there are."""
        return {name: str(value) for name, value in vars(self).items() if value is not None}

    def to_record(self) -> dict[str, str | list[str]]:
        """As predictions.json has it: config and checkpoint by argument name."""
        if self.exported:
            return {"exported": str(self.exported)}
        pairs = {"det_model": self.files("detector"), "pose2d": self.files("pose")}
        return {name: [str(p) for p in files if p] for name, files in pairs.items() if files[0]}

    def write(self, folder: Path) -> "Models":
        """Copy to ``folder`` as detector.{py,pth} and pose.{py,pth}, or one_stage.{py,pth}.

        The configs are written out in full, so they need no ``_base_``; weights are copied last
        and whole, so a folder with all weights is complete.

        Raises:
            InputError: the folder cannot be written.
        """
        from surgtools.hosts.config_files import load_config

        target = Models._named_by(self.roles, folder)
        for role in self.roles:
            with write_whole(target.files(role)[0]) as part:
                load_config(self.files(role)[0]).dump(str(part))
        for role in self.roles:
            with write_whole(target.files(role)[1]) as part:
                shutil.copyfile(self.files(role)[1], part)
        return target


def one_network(
    model: str | Path | None, weights: str | Path | None = None, default: str | Path | None = None
) -> tuple[Path, Path]:
    """Config and checkpoint of a single network.

    Args:
        model: an alias, a config file, the work folder of a training, a checkpoint that stores
            its config, or None for ``default``.
        weights: a checkpoint; for an alias or a work folder None takes the one that is there.

    Raises:
        InputError: a config without weights, or a file that is not there.
    """
    folder = Path(model) if model is not None else None
    if folder is not None and folder.is_dir():
        from surgtools.hosts.work_dirs import is_work_dir, trained_network

        if not is_work_dir(folder):
            raise InputError(f"{folder}: no training left a config and a checkpoint in it")
        model, found = trained_network(folder)
        weights = weights or found
    if model is not None and weights is None and Path(model).suffix == ".pth":
        weights = model
    return zoo.resolve(model, weights, default)


def finds_keypoints(config: Path) -> bool:
    """Whether a config is that of a network that finds boxes and keypoints at once."""
    from surgtools.hosts.config_files import load_config
    from surgtools.hosts.work_dirs import is_one_stage

    return is_one_stage(load_config(config))
