"""Let the starting pair look at all frames once, and keep what it proposes on disk.

It says which held-out frames can be trusted, what a round of labels is compared with, and, as long
as teacher and starting pair are the same networks, what the first round is made of.

Shapes: N proposals.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.taxonomy import Taxonomy


@dataclass(frozen=True)
class FirstLook:
    """The proposals of the starting pair for all frames, and which pair made them.

    Attributes:
        proposals: of all frames, with statistics.
        signature: of the pair that made them, see ``PairProposer.signature``.
    """

    proposals: Proposals
    signature: str

    def of_frames(self, indices: Sequence[int], score_floor: float = 0.0) -> Proposals:
        """The proposals above a box score on some of the frames."""
        wanted = np.isin(self.proposals.frames, list(indices))
        found = self.proposals.subset(wanted & (self.proposals.scores > score_floor))
        found.num_frames = len(indices)
        return found

    def write(self, path: str | Path) -> None:
        """As npz, whole; every number survives bit for bit."""
        arrays = {k: v for k, v in vars(self.proposals).items() if isinstance(v, np.ndarray)}
        statistics = {f"statistics.{k}": v for k, v in self.proposals.statistics.items()}
        with write_whole(path) as part:
            np.savez(
                part,
                **arrays,
                **statistics,
                num_frames=self.proposals.num_frames,
                signature=self.signature,
                taxonomy=json.dumps(self.proposals.taxonomy.to_dict()),
            )

    @classmethod
    def load(cls, path: str | Path) -> "FirstLook":
        """What ``write`` wrote.

        Raises:
            InputError: the file is missing or another one.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                values = {name: file[name] for name in file.files}
            signature, num_frames = str(values.pop("signature")), int(values.pop("num_frames"))
            taxonomy = Taxonomy.from_dict(json.loads(str(values.pop("taxonomy"))))
            named = {k.split(".", 1)[1]: v for k, v in values.items() if "." in k}
            arrays = {k: v for k, v in values.items() if "." not in k}
            proposals = Proposals(
                **arrays, num_frames=num_frames, statistics=named, taxonomy=taxonomy
            )
            return cls(proposals, signature)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: holds no proposals ({error}); delete the run and adapt again"
            ) from error
