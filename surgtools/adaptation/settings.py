"""What a user decides about a whole adaptation; one network's part is ``StageSettings``."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.stage_config import StageSettings
from surgtools.configs.adaptation_recipe import EPOCH_LENGTH, LR, MAX_DROP, MAX_FRAMES
from surgtools.prediction.models import ROLES


@dataclass(frozen=True)
class AdaptSettings:
    """The settings of one adaptation, as a user gives them.

    Attributes:
        detector, pose: how each network is trained.
        roles: which are adapted, in this order.
        max_frames: of all targets together.
        source_pictures: of the source's validation set, for thresholds and guards.
        drop: largest loss of AP on the source.
        seed: of frames, split and calibration.
        device: of the teacher; None takes CUDA where there is one.
        proposer: type of the teacher in ``TASK_UTILS``; benchmarks exchange it to inject faults.
        trust_checkpoint: load files that can run code.

        Raises:
            InputError: a network is to leave out a selection rule that does not exist.
    """

    detector: StageSettings = field(default_factory=lambda: StageSettings(lr=LR["detector"]))
    pose: StageSettings = field(
        default_factory=lambda: StageSettings(epoch_length=EPOCH_LENGTH["pose"])
    )
    roles: Sequence[str] = ROLES
    max_frames: int = MAX_FRAMES
    source_pictures: int = 150
    drop: float = MAX_DROP
    seed: int = 0
    device: str | None = None
    proposer: str = "PairProposer"
    trust_checkpoint: bool = False

    def __post_init__(self) -> None:
        for role in ROLES:
            Selector({}, self.stage(role).without)  # refuses a rule that it does not know

    def stage(self, role: str) -> StageSettings:
        """Settings of one network."""
        return self.detector if role == "detector" else self.pose

    @property
    def without(self) -> tuple[str, ...]:
        """Rules that no network is to be judged by."""
        left_out = [set(self.stage(role).without) for role in self.roles]
        return tuple(sorted(set.intersection(*left_out)))

    @property
    def low_resolution(self) -> tuple[float, ...]:
        """Factors of the camera that the adapted pair is for; empty for full pictures."""
        return next((tuple(f) for r in self.roles if (f := self.stage(r).low_resolution)), ())
