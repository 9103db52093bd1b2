"""Source pictures and pseudo-labelled pictures in one dataset of constant length."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import DATASETS
from torch.utils.data import Dataset

from surgtools.datasets.seeded_items import seeded
from surgtools.errors import InputError


@DATASETS.register_module()
class SourceReplayDataset(Dataset):
    """A fixed share of every epoch is pseudo-labelled, the rest replays the source set.

    Replay keeps the network from forgetting what the target lacks. The training dataloader is
    never swapped, which would break the host's bookkeeping of epochs; instead every process that
    holds a copy of this dataset, persistent workers included, looks at a counter in shared
    memory and reads the new round from its file when the counter has moved.

    What item ``i`` of epoch ``e`` is, random augmentation included, depends on ``(seed, e, i)``
    and the round alone: not on the number of workers, and not on whether the run was resumed.

    Args:
        dataset: config of the source dataset; named as the hosts' wrappers name theirs, so that
            ``surgtools train --data`` finds it.
        pseudo: config of the pseudo-labelled dataset; ``ann_file``, ``data_root`` and
            ``data_prefix`` are filled in.
        pseudo_share: of every epoch, in [0, 1).
        length: items per epoch; None takes the length of the source.
        seed: of order and augmentation.
    """

    def __init__(
        self,
        dataset: dict,
        pseudo: dict,
        pseudo_share: float = 0.5,
        length: int | None = None,
        seed: int = 0,
    ) -> None:
        if not 0 <= pseudo_share < 1:
            raise InputError(f"pseudo_share {pseudo_share} given; at least 0 and below 1 expected")
        self.source = DATASETS.build(dataset)
        if len(self.source) == 0:
            raise InputError("the source set for replay holds no sample; give one that does")
        self.pseudo_config = dict(pseudo)
        self.pseudo_share, self.seed = pseudo_share, seed
        self.length = len(self.source) if length is None else int(length)
        self._shared = torch.zeros(2, dtype=torch.int64).share_memory_()
        self._rounds: Path | None = None
        self._images: Path | None = None
        self._loaded = 0
        self._pseudo: Any = None

    @property
    def metainfo(self) -> dict:
        return self.source.metainfo

    @property
    def datasets(self) -> list:
        """The parts that provenance is asked for."""
        return [self.source]

    def full_init(self) -> None:
        """The host calls it; all is loaded already."""

    def __len__(self) -> int:
        return self.length

    def attach(self, rounds: str | Path, images: str | Path) -> None:
        """Say where rounds and pictures will be, before the first worker starts."""
        self._rounds, self._images = Path(rounds), Path(images)

    def set_epoch(self, epoch: int) -> None:
        """Choose order and augmentation of the epoch, in all processes."""
        self._shared[0] = epoch

    def set_round(self, number: int) -> int:
        """Switch to a round that lies on disk, in all processes; 0 is source only.

        Returns:
            Number of pseudo-labelled samples of the round.
        """
        self._shared[1] = number
        self._refresh()
        return 0 if self._pseudo is None else len(self._pseudo)

    def round_file(self, number: int) -> Path:
        """Where the JSON of a round is."""
        if self._rounds is None:
            raise InputError("SourceReplayDataset needs VideoPseudoLabelHook in custom_hooks")
        return self._rounds / f"round_{number:03d}.json"

    def part_of(self, index: int) -> tuple[Any, int]:
        """The dataset an item comes from, source or pseudo, and its position there.

        Pseudo items are spread evenly over the epoch.
        """
        self._refresh()
        share = self.pseudo_share if self._pseudo is not None and len(self._pseudo) else 0.0
        before = int(index * share + 1e-9)
        pseudo = int((index + 1) * share + 1e-9) > before
        part = self._pseudo if pseudo else self.source
        per_epoch = int(self.length * share + 1e-9)
        per_epoch = per_epoch if pseudo else self.length - per_epoch
        turn = int(self._shared[0]) * per_epoch + (before if pseudo else index - before)
        cycle, position = divmod(turn, len(part))
        order = np.random.default_rng((self.seed, pseudo, int(self._shared[1]) * pseudo, cycle))
        return part, int(order.permutation(len(part))[position])

    def get_data_info(self, index: int) -> dict:
        """The host's samplers look at width and height."""
        part, inner = self.part_of(index)
        return part.get_data_info(inner)

    def __getitem__(self, index: int) -> Any:
        part, inner = self.part_of(index)
        with seeded((self.seed, int(self._shared[0]), index)):
            return part[inner]

    def _refresh(self) -> None:
        number = int(self._shared[1])
        if number == self._loaded:
            return
        self._pseudo = None
        if number > 0:
            config = self.pseudo_config | {
                "ann_file": str(self.round_file(number)),
                "data_root": "",
                "data_prefix": {"img": str(self._images)},
            }
            self._pseudo = DATASETS.build(config)
        self._loaded = number
