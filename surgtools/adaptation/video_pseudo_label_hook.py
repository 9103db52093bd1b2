"""Teacher-student pseudo-labelling as a hook of a normal training."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import barrier, broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, TASK_UTILS
from mmengine.runner import EpochBasedTrainLoop, Runner

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.guards.round_gates import judge_round
from surgtools.adaptation.labels.pair_proposer import digest
from surgtools.adaptation.labels.pool_labeler import PoolLabeler
from surgtools.adaptation.labels.pseudo_labels import LABEL_KINDS, write_round
from surgtools.adaptation.labels.round_origin import file_digest, pool_digest, proposer_digest
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import KNOWLEDGE, LOOK, FurtherTeacher
from surgtools.adaptation.moving_average import find_ema
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.adaptation.source_replay_dataset import SourceReplayDataset
from surgtools.datasets.seeded_items import seed_everything
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.prediction.models import ALL_ROLES, ONE_FOR_BOTH

TEACHERS = ("ema", "frozen")


@HOOKS.register_module()
class VideoPseudoLabelHook(Hook):
    """Every ``interval`` epochs the teacher labels the pool, and the student learns from it.

    A round is ``WORK_DIR/pseudo_labels/round_001.json``: accepted instances as ordinary COCO,
    rejected ones with their reasons. ``SourceReplayDataset`` mixes it with the source in every
    process; dataloader and epoch length never change. Rank 0 labels, writes and says which round
    is learnt from; all ranks read it.

    Resuming is exact: the order of items, their augmentation and the random numbers of the
    network are functions of seed and epoch, the teacher comes back with the checkpoint
    (``EMAHook`` with buffers), and a round that is on disk is used again only when the same
    teacher made it from the same pool, knowledge, reference and settings (``made_from`` in the
    file, see ``round_origin``); any other is made anew. So a killed run ends with the rounds of
    an undisturbed one.

    It needs epochs (``EpochBasedTrainLoop``): iterations of an endless sampler have no place at
    which the workers' next pictures are not drawn already.

    Args:
        role: ``detector`` or ``pose``, the part that is trained here, or ``one_stage``, a network
            in the place of both.
        proposer: config of the teacher pair in ``TASK_UTILS``, see ``PairProposer``; the part
            that is not trained stays as it is.
        knowledge: JSON of ``SourceKnowledge``: shapes, thresholds, precision model.
        pool: folder of the frame pool.
        targets: videos and folders to make the pool from when it is not there yet.
        teacher: ``ema`` (the moving average of the student) or ``frozen`` (what the proposer's
            config names).
        labels: ``hard`` or ``soft``, see ``pseudo_labels.build_round``.
        begin: first epoch that starts with a round, from 0.
        interval: epochs from round to round.
        reference: round file that the starting models made of the same frames; a round that
            does not pass ``gate_round`` against it is written but not learnt from.
        first_look: file of what the starting models propose, see ``FirstLook``; a teacher that
            still is those models is not asked again.
        further: folders of further teachers, see ``FurtherTeacher``; they are frozen, so
            ``teacher`` is, too.
        min_instances: a round with fewer accepted instances is not learnt from either.
        without: selection rules to leave out.
        max_class_ratio: see ``balance_classes``.
        seed: of selection, order and augmentation.

    Raises:
        InputError: parts of the config that cannot work together, see the message.
    """

    def __init__(
        self,
        role: str,
        proposer: dict,
        knowledge: str,
        pool: str,
        targets: Sequence[str] = (),
        teacher: str = "ema",
        labels: str = "hard",
        begin: int = 0,
        interval: int = 1,
        reference: str | None = None,
        first_look: str | None = None,
        further: Sequence[str] = (),
        min_instances: int = 10,
        without: Sequence[str] = (),
        max_class_ratio: float = 4.0,
        seed: int = 0,
    ) -> None:
        for name, value, known in (
            ("role", role, ALL_ROLES),
            ("teacher", teacher, TEACHERS),
            ("labels", labels, LABEL_KINDS),
        ):
            if value not in known:
                raise InputError(f"{name} {value!r} given; {' or '.join(known)} is expected")
        if interval < 1 or begin < 0:
            raise InputError(f"begin {begin}, interval {interval} given; 0 or more, 1 or more")
        if further and teacher != "frozen":
            raise InputError("several teachers stay what they are; set teacher='frozen'")
        if role == ONE_FOR_BOTH and teacher != "frozen":
            raise InputError("a one-stage network learns from a pair; set teacher='frozen'")
        self.role, self.teacher, self.labels = role, teacher, labels
        self.begin, self.interval, self.min_instances = begin, interval, min_instances
        self.proposer_config, self.knowledge_file = dict(proposer), knowledge
        self.pool_folder, self.targets, self.seed = pool, tuple(targets), seed
        self.without, self.max_class_ratio = tuple(without), max_class_ratio
        self.reference, self.first_look, self.further = reference, first_look, tuple(further)
        self.on_progress: Callable[[int, int], None] = lambda done, total: None
        self._round = 0

    def before_train(self, runner: Runner) -> None:
        """Check that the parts fit, then tell the dataset where rounds will be."""
        dataset = getattr(runner.train_dataloader, "dataset", None)
        if not isinstance(dataset, SourceReplayDataset):
            raise InputError(
                f"VideoPseudoLabelHook found a {type(dataset).__name__} in train_dataloader; wrap "
                "it in SourceReplayDataset as configs/adaptation/ does"
            )
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise InputError(
                f"VideoPseudoLabelHook needs epochs, the config has a "
                f"{type(runner.train_loop).__name__}; set train_cfg = dict(by_epoch=True, ...)"
            )
        self._dataset = dataset
        self._ema = find_ema(runner) if self.teacher == "ema" else None
        knowledge = SourceKnowledge.load(self.knowledge_file)
        if is_main_process() and self.targets:
            collect_frames(self.targets, self.pool_folder, seed=self.seed)
        barrier()
        self._pool = FramePool.load(self.pool_folder)
        folder = Path(runner.work_dir) / "pseudo_labels"
        dataset.attach(folder, self._pool.images)
        if is_main_process():
            self._proposer = TASK_UTILS.build(self.proposer_config)
            self._made_from = self.origin()
            self._labeler = PoolLabeler(
                self._pool,
                self._proposer,
                knowledge,
                Selector(knowledge.thresholds, self.without, self.max_class_ratio),
                self.role,
                self.labels,
                self.seed,
                self.first_look,
                [FurtherTeacher.load(folder) for folder in self.further],
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Label when a round is due and switch the dataset to it, before workers draw."""
        number = self.round_of(runner.epoch)
        self._dataset.set_epoch(runner.epoch)
        if number == 0:
            return
        if number != self._round:
            chosen = [self._choose(runner, number) if is_main_process() else 0]
            broadcast_object_list(chosen)  # the others wait here until the round is on disk
            self._round = number
            self._dataset.set_round(chosen[0])
            runner.message_hub.update_scalar("train/pseudo_round", chosen[0])

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Fix the epoch's random state; not earlier, as starting workers takes a number or not."""
        if batch_idx == 0:
            torch.manual_seed(seed_everything((self.seed, runner.epoch, runner.rank)))

    def round_of(self, epoch: int) -> int:
        """The round an epoch learns from; 0 is none. A frozen teacher says everything once."""
        if epoch < self.begin:
            return 0
        return 1 if self.teacher == "frozen" else (epoch - self.begin) // self.interval + 1

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Note the round; plain values, so the checkpoint loads with ``weights_only=True``."""
        checkpoint["meta"]["pseudo_labels"] = {"round": self._round, "teacher": self.teacher}

    def origin(self) -> dict[str, Any]:
        """All but the moving teacher that makes a round what it is, as JSON has it."""
        return {
            "role": self.role,
            "teacher": self.teacher,
            "labels": self.labels,
            "without": sorted(set(self.without)),
            "max_class_ratio": self.max_class_ratio,
            "min_instances": self.min_instances,
            "seed": self.seed,
            "proposer": proposer_digest(self._proposer, self.proposer_config),
            "knowledge": file_digest(self.knowledge_file),
            "pool": pool_digest(self._pool),
            "reference": file_digest(self.reference) if self.reference else None,
            **({"further": self._further_digests()} if self.further else {}),
        }

    def _further_digests(self) -> list[str]:
        return [file_digest(Path(f) / KNOWLEDGE, Path(f) / LOOK) for f in self.further]

    def _choose(self, runner: Runner, number: int) -> int:
        """See to a round; it, or the last one that may be learnt from, or 0 for none."""
        self._label(runner, number)
        for candidate in range(number, 0, -1):
            facts = self._own_facts(candidate)
            if facts and not facts["objection"]:
                return candidate
            if candidate == number:
                runner.logger.warning(f"round {number} is not learnt from: {facts['objection']}")
        return 0

    def _own_facts(self, number: int) -> dict[str, Any]:
        """``info.round`` of a round on disk; empty when it was made from something else."""
        path = self._dataset.round_file(number)
        facts = read_json(path).get("info", {}).get("round", {}) if path.exists() else {}
        own = facts.get("number") == number and facts.get("made_from") == self._made_from
        return facts if own else {}

    def _label(self, runner: Runner, number: int) -> None:
        """Make a round unless it is on disk.

        A run resumed amid a round has a moving teacher that has moved on since; it makes the
        round anew only when that on disk was made from something else.
        """
        path, known = self._dataset.round_file(number), self._own_facts(number)
        due = runner.epoch == self.begin + (number - 1) * self.interval
        maker = "frozen" if self._ema is None else digest(self._ema)
        if known and (not due or known["teacher_digest"] == maker):
            runner.logger.info(f"{path.name} is on disk and made from the same: used again")
            return
        if self._ema is not None:
            self._proposer.adopt(self.role, self._ema)
        origin = {"teacher_digest": maker, "made_from": self._made_from}
        builder, rejected = self._labeler.label(number, origin, self.on_progress)
        facts = builder.info["round"]
        reference = read_json(self.reference) if self.reference else None
        facts |= judge_round(builder.to_dict(), reference, self.min_instances)
        write_round(builder, rejected, path)
        runner.logger.info(
            f"{path.name}: {facts['instances']} accepted, {len(rejected)} rejected, predicted "
            f"precision {facts['predicted_precision']}"
        )
