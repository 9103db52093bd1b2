"""What a user decides about an adaptation: of the whole, and of each network."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from surgtools.adaptation.labels.selector import Selector
from surgtools.configs import adaptation_recipe as recipe
from surgtools.errors import InputError
from surgtools.prediction.models import ALL_ROLES, ROLES


@dataclass(frozen=True)
class StageSettings:
    """How one network is adapted.

    Attributes:
        epochs: length of the training.
        epoch_length: items per epoch, source and pseudo-labelled together.
        interval: epochs from round to round.
        pseudo_share: of every epoch.
        start_share: of the starting weights in the result, see ``train_stage``; the trained ones
            are the rest. In [0, 1).
        lr: peak learning rate of the optimizer the network was trained with.
        ema_momentum: share of the student that enters the teacher at every step; None takes
            ``teacher_momentum`` of the recipe.
        teacher: ``ema`` or ``frozen``.
        labels: ``hard`` or ``soft``; a detector's labels are boxes and always hard.
        without: selection rules to leave out.
        low_resolution: factors of ``LowResolution`` for the student's pictures; empty for none.
        seed: of everything.
        num_workers: of the dataloader.
        amp: mixed precision, see ``use_mixed_precision``.
    """

    epochs: int = recipe.EPOCHS
    epoch_length: int = recipe.EPOCH_LENGTH["detector"]
    interval: int = recipe.INTERVAL
    pseudo_share: float = recipe.PSEUDO_SHARE
    start_share: float = recipe.START_SHARE
    lr: float = recipe.LR["pose"]
    ema_momentum: float | None = None
    teacher: str = "ema"
    labels: str = "hard"
    without: Sequence[str] = field(default=())
    low_resolution: Sequence[float] = field(default=())
    seed: int = 0
    num_workers: int = 2
    amp: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "epoch_length", "interval"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)} given; 1 or more is expected")
        if not 0 < self.pseudo_share < 1:
            raise InputError(f"pseudo_share {self.pseudo_share} given; between 0 and 1 expected")
        if not 0 <= self.start_share < 1:
            raise InputError(f"start_share {self.start_share} given; from 0 to below 1 expected")


@dataclass(frozen=True)
class AdaptSettings:
    """The settings of one adaptation, as a user gives them.

    Attributes:
        detector, pose, one_stage: how each network is trained; the last in the place of both.
        roles: which are adapted, in this order; of those that ``Models.roles`` names.
        max_frames: of all targets together.
        source_pictures: of the source's validation set, for thresholds and guards.
        drop: largest loss of AP on the source.
        seed: of frames, split and calibration.
        device: of the teacher; None takes CUDA where there is one.
        proposer: type of the teacher in ``TASK_UTILS``; benchmarks exchange it to inject faults.
        trust_checkpoint: load files that can run code.
        zoom: whether detectors also look at parts of large frames, see ``Inferencer``.
        camera, models_3d: files of the target's camera and of its instruments in space, see
            ``surgtools.spatial``; with them no label may show what the instrument cannot.
        engine: ``local``, or ``ray`` for a cluster whose workers propose labels.

    Raises:
        InputError: a network is to leave out a selection rule that does not exist.
    """

    detector: StageSettings = field(
        default_factory=lambda: StageSettings(lr=recipe.LR["detector"])
    )
    pose: StageSettings = field(
        default_factory=lambda: StageSettings(epoch_length=recipe.EPOCH_LENGTH["pose"])
    )
    one_stage: StageSettings = field(
        default_factory=lambda: StageSettings(lr=recipe.LR["one_stage"], teacher="frozen")
    )
    roles: Sequence[str] = ROLES
    max_frames: int = recipe.MAX_FRAMES
    source_pictures: int = 150
    drop: float = recipe.MAX_DROP
    seed: int = 0
    device: str | None = None
    proposer: str = "PairProposer"
    trust_checkpoint: bool = False
    zoom: str | int = "off"
    camera: str | None = None
    models_3d: Sequence[str] = ()
    engine: str = "local"

    def __post_init__(self) -> None:
        for role in ALL_ROLES:
            Selector({}, self.stage(role).without)  # refuses a rule that it does not know

    def stage(self, role: str) -> StageSettings:
        """Settings of one network."""
        return getattr(self, role)

    @property
    def without(self) -> tuple[str, ...]:
        """Rules that no network is to be judged by."""
        left_out = [set(self.stage(role).without) for role in self.roles]
        return tuple(sorted(set.intersection(*left_out)))

    @property
    def low_resolution(self) -> tuple[float, ...]:
        """Factors of the camera that the adapted pair is for; empty for full pictures."""
        return next((tuple(f) for r in self.roles if (f := self.stage(r).low_resolution)), ())
