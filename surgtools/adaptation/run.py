"""Adapt a detector and a pose model to unlabelled pictures, and take it back when it harms.

After the ``preparation`` each network in turn is trained with ``VideoPseudoLabelHook`` beside a
fixed partner, measured, and accepted or rolled back on its own. Every step leaves its result in
``OUT/work`` and is not repeated when a killed run is started again; see ``RunFolder``.
"""

from collections.abc import Sequence
from pathlib import Path

from surgtools.adaptation.frames.background_probes import hits_on_background
from surgtools.adaptation.guards.gates import (
    Gate,
    closed,
    gate_background,
    gate_made_up,
    gate_model,
    gate_source,
)
from surgtools.adaptation.guards.pair_measures import PairMeasures, measure_pair
from surgtools.adaptation.guards.round_gates import gate_learnt
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.several_teachers import LABEL_FLOOR
from surgtools.adaptation.low_resolution import through_camera
from surgtools.adaptation.pair_answers import GUARD_FLOOR, StepProgress, open_pair
from surgtools.adaptation.preparation import Preparation, prepare, prepared_files
from surgtools.adaptation.result import AdaptResult, StageResult
from surgtools.adaptation.run_folder import RunFolder, adaptation_facts
from surgtools.adaptation.same_categories import check_same_categories, check_source
from surgtools.adaptation.settings import AdaptSettings
from surgtools.adaptation.stage import read_rounds, train_stage
from surgtools.adaptation.stage_config import build_stage_config
from surgtools.dataset_folder import ANNOTATIONS, annotation_file
from surgtools.errors import InputError
from surgtools.files import write_json
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import take_taxonomy
from surgtools.prediction.models import Models


class Adaptation:
    """One run of ``surgtools adapt``.

    Args:
        targets: videos, folders, pictures without labels.
        out: folder of the run.
        source: labelled dataset folder with ``train`` and ``val``.
        pair: the starting networks, teachers of the first round.
        settings: see ``AdaptSettings``.
        student: networks to train instead, for example smaller ones, or one for both parts;
            ``pair`` then stays the frozen teacher, and the guards compare the student with what
            it was.
        progress: called with what is being done, how much is done, and of how much.
        further: teachers beside ``pair``; of their answers the most plausible counts. Guards know
            the first one.

    Attributes:
        problems: after ``run``, targets that could not be used, wholly or in part.

    Raises:
        InputError: on construction and in ``run``, for input that cannot be used.
    """

    def __init__(
        self,
        targets: Sequence[str],
        out: str | Path,
        source: str | Path,
        pair: Models,
        settings: AdaptSettings,
        progress: StepProgress = lambda what, done, total: None,
        student: Models | None = None,
        further: Sequence[Models] = (),
    ) -> None:
        self.targets, self.out, self.source = list(targets), Path(out), Path(source)
        self.teacher, self.student, self.further = pair, student, list(further)
        self.settings, self.progress = settings, progress
        self.work = self.out / "work"
        for split in ("train", "val"):
            if not annotation_file(self.source, split).is_file():
                raise InputError(
                    f"{self.source}: has no {split}/{ANNOTATIONS}; give the dataset folder "
                    "the networks were trained on"
                )
        learning = student or pair
        if not set(settings.roles) <= set(learning.roles):
            raise InputError(
                f"{' and '.join(settings.roles)} cannot be adapted, the networks that learn are "
                f"{' and '.join(learning.roles)}"
            )
        kinds = {settings.stage(role).teacher for role in settings.roles}
        if (student is not None or further) and kinds != {"frozen"}:
            raise InputError("another student than the teacher needs teacher='frozen'")
        facts = adaptation_facts(self.targets, self.source, pair, student, further, settings)
        self.folder = RunFolder(self.out, facts)
        beside = ((each, f.name) for each, f in zip(further, self._folders(), strict=True))
        for each, name in ((pair, "start"), (student, "student"), *beside):
            if each is not None and not self.folder.keeps(name):
                taxonomy = check_same_categories(each, settings.trust_checkpoint)
                check_source(taxonomy, self.source)

    def run(self) -> AdaptResult:
        """All steps; the pair in ``OUT`` appears at the end and whole.

        Returns:
            What became of each network, and what that was judged by.
        """
        self.folder.claim()
        self.teacher = self._keep(self.teacher, "start")
        student = self._keep(self.student, "student") if self.student else self.teacher
        prepared = self.prepared = self._prepare()
        self.problems = prepared.problems
        held = prepared.look.of_frames(prepared.pool.indices(held_out=True))
        self.teacher_measures = start = self._measure("starting pair", self.teacher, (), held)
        if self.student is not None or self.settings.low_resolution:
            start = self._measure("student", student, self.settings.low_resolution)
        pair, best, stages = student, start, []
        for role in self.settings.roles:
            stage, pair, best = self._adapt(role, pair, start, best)
            stages.append(stage)
        final = pair.write(self.out)
        result = AdaptResult(
            final, stages, prepared.reference, start, best, prepared.pool, prepared.knowledge
        )
        problems = [problem.to_json() for problem in self.problems]
        write_json(self.out / "adapt.json", result.to_dict() | {"problems": problems}, indent=1)
        return result

    def _keep(self, pair: Models, name: str) -> Models:
        """A copy, so that a resumed run starts from the same networks, whatever became of them."""
        folder = self.work / name
        if not Models.written_in(folder):
            pair.write(folder)
        return Models.in_folder(folder)

    def _prepare(self) -> Preparation:
        """See ``prepare``; what it refuses is noted, so that a corrected command may start."""
        try:
            return prepare(
                self.targets,
                self.work,
                self.source,
                self.teacher,
                self.settings,
                self.progress,
                {
                    f: self._keep(m, f.name)
                    for f, m in zip(self._folders(), self.further, strict=True)
                },
            )
        except InputError as error:
            self.folder.refuse(str(error))
            raise

    def _folders(self) -> list[Path]:
        """Of what further teachers are and said."""
        return [self.work / f"teacher_{number + 2}" for number in range(len(self.further))]

    def _adapt(
        self, role: str, pair: Models, start: PairMeasures, best: PairMeasures
    ) -> tuple[StageResult, Models, PairMeasures]:
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
                "zoom": self.settings.zoom,
                "engine": self.settings.engine,
            },
            **{name: str(path) for name, path in prepared_files(self.work).items()},
            **({"further": list(map(str, self._folders()))} if self.further else {}),
        }
        settings = self.settings.stage(role)
        base = load_config(config)
        take_taxonomy(base, weights, self.settings.trust_checkpoint)
        stage_config = build_stage_config(
            base, role, self.source, weights, work_dir, hook, settings
        )
        adapted = train_stage(
            stage_config,
            lambda what, done, total: self.progress(f"{role}: {what}", done, total),
            0.0 if lesser else settings.start_share,  # a lesser one has everything to learn
            self.settings.trust_checkpoint,
        )
        rounds = read_rounds(work_dir)
        gates = [gate_learnt(rounds)]
        if closed(gates):
            return StageResult(role, False, str(gates[0]), gates, rounds), pair, best
        candidate = pair.with_part(role, config, adapted)
        measures = self._measure(f"adapted {role}", candidate, self.settings.low_resolution)
        gates += gate_model(best.judged, measures.judged, self.teacher_measures.judged)
        gates += gate_source(start.source, measures.source, self.settings.drop)
        gates.append(gate_made_up(start.made_up, measures.made_up, self.teacher_measures.made_up))
        gates.append(self._probe(pair, candidate, best, measures))
        refusing = closed(gates)
        if refusing:
            reason = "; ".join(str(gate) for gate in refusing)
            return StageResult(role, False, reason, gates, rounds), pair, best
        return StageResult(role, True, "all gates are open", gates, rounds), candidate, measures

    def _probe(
        self, pair: Models, candidate: Models, best: PairMeasures, measures: PairMeasures
    ) -> Gate:
        hits = [
            hits_on_background(
                through_camera(self.prepared.pool.read, self.settings.low_resolution),
                self.prepared.pool.indices(held_out=True),
                [self.teacher_measures.proposals, best.proposals, measures.proposals],
                open_pair(each, GUARD_FLOOR, self.settings),
            )
            for each in (pair, candidate)
        ]
        return gate_background(*hits)

    def _measure(
        self,
        name: str,
        pair: Models,
        factors: Sequence[float],
        proposals: Proposals | None = None,
    ) -> PairMeasures:
        """See ``measure_pair``; always the honest networks, not what the hook's config names."""
        return measure_pair(
            open_pair(pair, GUARD_FLOOR, self.settings),
            self.prepared.pool,
            self.prepared.knowledge,
            self.prepared.selector,
            self.source,
            self.settings.source_pictures,
            self.settings.seed,
            lambda done, total: self.progress(f"measuring the {name}", done, total),
            factors,
            proposals,
        )
