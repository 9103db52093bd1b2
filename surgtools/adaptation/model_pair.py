"""A detector and a pose model, named by the files they are made of."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config


@dataclass(frozen=True)
class ModelPair:
    """The four files of a detector and a pose model.

    Attributes:
        det_model, det_weights: config and checkpoint of the detector.
        pose2d, pose2d_weights: of the pose model.
    """

    det_model: Path
    det_weights: Path
    pose2d: Path
    pose2d_weights: Path

    @classmethod
    def resolve(
        cls,
        det_model: str | Path | None = None,
        det_weights: str | Path | None = None,
        pose2d: str | Path | None = None,
        pose2d_weights: str | Path | None = None,
    ) -> "ModelPair":
        """From aliases of the zoo, files, or nothing for the package's own.

        Raises:
            InputError: a file or alias is not there.
        """
        from surgtools.zoo import DETECTOR, POSE, resolve

        return cls(
            *resolve(det_model, det_weights, DETECTOR), *resolve(pose2d, pose2d_weights, POSE)
        )

    @classmethod
    def in_folder(cls, folder: Path) -> "ModelPair":
        """What ``write`` left in a folder."""
        names = ("detector.py", "detector.pth", "pose.py", "pose.pth")
        return cls(*(folder / name for name in names))

    def files(self, role: str) -> tuple[Path, Path]:
        """Config and checkpoint of one part."""
        if role == "detector":
            return self.det_model, self.det_weights
        return self.pose2d, self.pose2d_weights

    def with_part(self, role: str, config: Path, weights: Path) -> "ModelPair":
        """The pair with one part exchanged."""
        if role == "detector":
            return replace(self, det_model=config, det_weights=weights)
        return replace(self, pose2d=config, pose2d_weights=weights)

    def to_dict(self) -> dict[str, str]:
        """As arguments of ``PairProposer``."""
        return {name: str(value) for name, value in vars(self).items()}

    def proposer(self, score_floor: float, device: str | None, trust: bool) -> PairProposer:
        """The pair as a teacher."""
        return PairProposer(
            **self.to_dict(), score_floor=score_floor, device=device, trust_checkpoint=trust
        )

    def write(self, folder: Path) -> "ModelPair":
        """Copy the pair to ``folder`` as detector.{py,pth} and pose.{py,pth}.

        The configs are written out in full, so they need no ``_base_``; weights are copied last
        and whole, so a folder with both weights is complete.

        Raises:
            InputError: the folder cannot be written.
        """
        target = ModelPair.in_folder(folder)
        for role in ("detector", "pose"):
            with write_whole(target.files(role)[0]) as part:
                load_config(self.files(role)[0]).dump(str(part))
        for role in ("detector", "pose"):
            with write_whole(target.files(role)[1]) as part:
                shutil.copyfile(self.files(role)[1], part)
        return target


def check_same_categories(pair: ModelPair, trust: bool = False) -> None:
    """Refuse checkpoints that were trained for other categories or keypoints.

    The networks themselves are checked where they are built; this reads the names that training
    left in ``meta``, which a network of equal size would hide.

    Raises:
        InputError: with the names found and expected.
    """
    from surgtools.metainfo import CLASSES, UNION_KEYPOINTS

    for role in ("detector", "pose"):
        _, weights = pair.files(role)
        meta = load_checkpoint(weights, trust)["meta"].get("dataset_meta") or {}
        found = {key.lower(): value for key, value in meta.items()}
        classes = found.get("classes")
        if classes is not None and tuple(classes) != CLASSES:
            raise InputError(
                f"{weights}: trained for the categories {list(classes)}, teacher and student "
                f"here know {list(CLASSES)}; give a checkpoint of this surgtools"
            )
        names = found.get("keypoint_id2name")
        if names and tuple(names[key] for key in sorted(names)) != UNION_KEYPOINTS:
            raise InputError(
                f"{weights}: trained for other keypoints ({names[min(names)]}, ...), expected "
                f"{UNION_KEYPOINTS[0]}, ...; give a checkpoint of this surgtools"
            )
