"""Adapt a detector and a pose model to unlabelled pictures, and take it back when it harms.

The order: frames, what the source knows, what the starting pair proposes for them; then each
network in turn is trained with ``VideoPseudoLabelHook`` beside a fixed partner, measured, and
accepted or rolled back on its own. Every step leaves its result in ``OUT/work`` and is not
repeated when a killed run is started again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.annotations.coco import load_coco
from surgtools.config_files import load_config
from surgtools.engine.adapt_result import AdaptResult, StageResult
from surgtools.engine.adapt_settings import AdaptSettings
from surgtools.engine.adapt_stage import read_rounds, train_stage
from surgtools.engine.background_probes import hits_on_background
from surgtools.engine.first_look import FirstLook
from surgtools.engine.frames import collect_frames
from surgtools.engine.guards import (
    Gate,
    Look,
    closed,
    gate_background,
    gate_made_up,
    gate_model,
    gate_source,
)
from surgtools.engine.held_out import add_groups
from surgtools.engine.low_resolution import through_camera
from surgtools.engine.model_pair import ModelPair, check_same_categories
from surgtools.engine.pair_measures import (
    PairMeasures,
    look_at_frames,
    measure_pair,
    trusted_by,
)
from surgtools.engine.proposals import Proposals
from surgtools.engine.pseudo_labels import build_round, list_rejected, write_round
from surgtools.engine.round_gates import gate_learnt
from surgtools.engine.selector import Selector
from surgtools.engine.source_knowledge import SourceKnowledge, learn_from_source
from surgtools.engine.stage_config import build_stage_config
from surgtools.errors import InputError
from surgtools.files import read_json, write_json

MIN_LABELS = 20
"""Fewer accepted labels of the starting pair than this are not worth learning from."""

LABEL_FLOOR, GUARD_FLOOR = 0.1, 0.05
"""Lowest box score that is a proposal when labelling, and when looking for what was lost."""

Tell = Callable[[str, int, int], None]


class Adaptation:
    """One run of ``surgtools adapt``.

    Args:
        sources: videos, folders, pictures.
        out: folder of the run.
        source: labelled dataset folder with ``train`` and ``val``.
        pair: the starting networks, teachers of the first round.
        settings: see ``AdaptSettings``.
        student: networks to train instead, for example smaller ones; ``pair`` then stays the
            frozen teacher, and the guards compare the student with what it was.
        tell: called with what is being done, how much is done, and of how much.

    Raises:
        InputError: on construction and in ``run``, for input that cannot be used.
    """

    def __init__(
        self,
        sources: Sequence[str],
        out: str | Path,
        source: str | Path,
        pair: ModelPair,
        settings: AdaptSettings,
        tell: Tell = lambda what, done, total: None,
        student: ModelPair | None = None,
    ) -> None:
        self.sources, self.out, self.source = list(sources), Path(out), Path(source)
        self.teacher, self.student, self.settings, self.tell = pair, student, settings, tell
        self.work = self.out / "work"
        for split in ("train", "val"):
            if not (self.source / split / "coco_keypoints.json").is_file():
                raise InputError(
                    f"{self.source}: has no {split}/coco_keypoints.json; give the dataset folder "
                    "the networks were trained on"
                )
        kinds = {settings.stage(role).teacher for role in settings.roles}
        if student is not None and kinds != {"frozen"}:
            raise InputError("another student than the teacher needs teacher='frozen'")
        for each in (pair, student or pair):
            check_same_categories(each, settings.trust_checkpoint)

    def run(self) -> AdaptResult:
        """All steps; the pair in ``OUT`` appears at the end and whole."""
        self._claim()
        self.teacher = self._keep(self.teacher, "start")
        student = self._keep(self.student, "student") if self.student else self.teacher
        self.pool, self.problems = collect_frames(
            self.sources, self.work / "pool", self.settings.max_frames, seed=self.settings.seed
        )
        self.knowledge = self._learn_source()
        self.selector = Selector(self.knowledge.thresholds, self.settings.without)
        look = self._take_first_look()
        self._hold_out_enough(look)
        reference = self._label_reference(look)
        held = look.of_frames(self.pool.indices(held_out=True))
        self.known = Look(held, trusted_by(self.selector, held))
        sees_the_same = self.student is None and not self.settings.low_resolution
        start = self._measure("starting pair", student, held if sees_the_same else None)
        pair, best, stages = student, start, []
        for role in self.settings.roles:
            stage, pair, best = self._adapt(role, pair, start, best)
            stages.append(stage)
        final = pair.write(self.out)
        result = AdaptResult(final, stages, reference, start, best, self.pool, self.knowledge)
        write_json(self.out / "adapt.json", self._facts(result), indent=1)
        return result

    def _keep(self, pair: ModelPair, name: str) -> ModelPair:
        """A copy, so that a resumed run starts from the same networks, whatever became of them."""
        folder = self.work / name
        if not (folder / "pose.pth").exists():
            pair.write(folder)
        return ModelPair.in_folder(folder)

    def _claim(self) -> None:
        """The folder belongs to one setting; going on with another would mix two runs."""
        facts = {
            "sources": [str(Path(s).resolve()) for s in self.sources],
            "source": str(self.source.resolve()),
            "pair": self.teacher.to_dict(),
            "student": self.student.to_dict() if self.student else None,
            "settings": asdict(self.settings),
        }
        path = self.work / "settings.json"
        if path.exists() and read_json(path) != _plain(facts):
            raise InputError(
                f"{self.out}: holds a run with other sources, models or settings; choose another "
                "--out or delete it"
            )
        write_json(path, _plain(facts), indent=1)

    def _learn_source(self) -> SourceKnowledge:
        path = self.work / "knowledge.json"
        if not path.exists():
            pictures = load_coco(self.source / "val" / "coco_keypoints.json")["images"]
            total = 2 * min(self.settings.source_pictures, len(pictures))
            knowledge = learn_from_source(
                self.source,
                self._open(self.teacher, LABEL_FLOOR),
                np.random.default_rng(self.settings.seed),
                max_pictures=self.settings.source_pictures,
                progress=lambda done: self.tell("learning from the source", done, total),
                motion=self.pool.has_neighbors,
            )
            knowledge.write(path)
        return SourceKnowledge.load(path)

    def _take_first_look(self) -> FirstLook:
        """What the starting pair says about all frames, held out or not."""
        path = self.work / "first_look.npz"
        if not path.exists():
            proposer = self._open(self.teacher, GUARD_FLOOR)
            total = len(self.pool)
            proposals = look_at_frames(
                proposer,
                self.pool,
                range(total),
                self.knowledge,
                self.selector,
                lambda done: self.tell("first look at the target", done, total),
            )
            FirstLook(proposals, proposer.signature()).write(path)
        return FirstLook.load(path)

    def _hold_out_enough(self, look: FirstLook) -> None:
        """Hold out more frames when the guards would know too little; a no-op when repeated."""
        groups = [frame.group for frame in self.pool.frames]
        sure = Look(look.proposals, trusted_by(self.selector, look.proposals)).sure
        trusted = np.isin(np.arange(len(self.pool)), sure.frames)
        held = {frame.group for frame in self.pool.frames if frame.held_out}
        more = add_groups(groups, held, trusted, np.random.default_rng(self.settings.seed))
        if more != held:
            self.pool = self.pool.holding_out(more)
            self.pool.write()

    def _label_reference(self, look: FirstLook) -> dict:
        """What the starting pair alone would say about the frames to learn from."""
        path = self.work / "reference.json"
        if not path.exists():
            indices = self.pool.indices(held_out=False)
            proposals = look.of_frames(indices, LABEL_FLOOR)
            reasons = self.selector.select(
                proposals, np.random.default_rng((self.settings.seed, 0))
            )
            builder = build_round(
                self.pool,
                indices,
                proposals,
                reasons,
                self.knowledge.thresholds["keypoint"],
                mark_doubtful=False,
                info={"number": 0, "role": "starting pair"},
            )
            write_round(builder, list_rejected(self.pool, proposals, reasons), path)
        facts = read_json(path)["info"]["round"]
        count = sum(facts["instances"].values())
        if count < MIN_LABELS:
            raise InputError(
                f"{count} labels of the starting pair on {sum(facts['frames'].values())} frames "
                f"can be trusted, {MIN_LABELS} are needed to learn from ({_why_none(facts)}); "
                "nothing was changed, see work/reference.json; give more frames or label some by "
                "hand (`surgtools data suggest`)"
            )
        return facts

    def _adapt(
        self, role: str, pair: ModelPair, start: PairMeasures, best: PairMeasures
    ) -> tuple[StageResult, ModelPair, PairMeasures]:
        """Train one network beside its partner, then ask the gates."""
        config, weights = pair.files(role)
        work_dir = self.work / role
        # A student that sees less, or can do less, is no partner for a teacher.
        lesser = self.student is not None or self.settings.low_resolution
        teacher = self.teacher if lesser else pair
        hook = {
            "proposer": {
                "type": self.settings.proposer,
                **teacher.to_dict(),
                "score_floor": LABEL_FLOOR,
                "device": self.settings.device,
                "trust_checkpoint": self.settings.trust_checkpoint,
            },
            "knowledge": str(self.work / "knowledge.json"),
            "pool": str(self.work / "pool"),
            "reference": str(self.work / "reference.json"),
            "first_look": str(self.work / "first_look.npz"),
        }
        settings = self.settings.stage(role)
        stage_config = build_stage_config(
            load_config(config), role, self.source, weights, work_dir, hook, settings
        )
        adapted = train_stage(
            stage_config,
            lambda what, done, total: self.tell(f"{role}: {what}", done, total),
            0.0 if lesser else settings.start_share,  # a lesser one has everything to learn
            self.settings.trust_checkpoint,
        )
        rounds = read_rounds(work_dir)
        gates = [gate_learnt(rounds)]
        if closed(gates):
            return StageResult(role, False, str(gates[0]), gates, rounds), pair, best
        candidate = pair.with_part(role, config, adapted)
        measures = self._measure(f"adapted {role}", candidate)
        gates += gate_model(best.look, measures.look, self.known)
        gates += gate_source(start.source, measures.source, self.settings.drop)
        gates.append(gate_made_up(start.made_up, measures.made_up))
        gates.append(self._probe(pair, candidate, best, measures))
        refusing = closed(gates)
        if refusing:
            reason = "; ".join(str(gate) for gate in refusing)
            return StageResult(role, False, reason, gates, rounds), pair, best
        return StageResult(role, True, "all gates are open", gates, rounds), candidate, measures

    def _probe(
        self, pair: ModelPair, candidate: ModelPair, best: PairMeasures, measures: PairMeasures
    ) -> Gate:
        hits = [
            hits_on_background(
                through_camera(self.pool.read, self.settings.low_resolution),
                self.pool.indices(held_out=True),
                [self.known.proposals, best.proposals, measures.proposals],
                self._open(each, GUARD_FLOOR),
            )
            for each in (pair, candidate)
        ]
        return gate_background(*hits)

    def _measure(
        self, name: str, pair: ModelPair, proposals: Proposals | None = None
    ) -> PairMeasures:
        return measure_pair(
            self._open(pair, GUARD_FLOOR),
            self.pool,
            self.knowledge,
            self.selector,
            self.source,
            self.settings.source_pictures,
            self.settings.seed,
            lambda done, total: self.tell(f"measuring the {name}", done, total),
            self.settings.low_resolution,
            proposals,
        )

    def _open(self, pair: ModelPair, floor: float):
        """Always the honest networks: a guard must not see through the teacher's eyes."""
        return pair.proposer(floor, self.settings.device, self.settings.trust_checkpoint)

    def _facts(self, result: AdaptResult) -> dict:
        return {
            "accepted": result.accepted,
            "pair": result.pair.to_dict(),
            "stages": [stage.to_dict() for stage in result.stages],
            "reference": result.reference,
            "thresholds": result.knowledge.thresholds,
            "source": {"start": result.start.source, "final": result.final.source},
            "problems": [problem.to_json() for problem in self.problems],
        }


def _why_none(facts: dict) -> str:
    rules = {name: n for name, n in facts["rules"].items() if n and name != "accepted"}
    if not rules:
        return "nothing was proposed"
    return ", ".join(f"{n} rejected by {name}" for name, n in rules.items())


def _plain(facts: Any) -> Any:
    """What JSON makes of it, for comparison with what was written."""
    if isinstance(facts, dict):
        return {key: _plain(value) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_plain(value) for value in facts]
    return str(facts) if isinstance(facts, Path) else facts
