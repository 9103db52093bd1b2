"""The page of an adaptation: what was decided and why, what was learnt from, before and after."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from surgtools.adaptation.guards.pair_measures import to_instances
from surgtools.adaptation.result import AdaptResult, StageResult
from surgtools.errors import InputError
from surgtools.evaluation.settings import SCORE_THR
from surgtools.hosts.config_files import load_config
from surgtools.hosts.explained_errors import building
from surgtools.prediction.drawing import draw_instances
from surgtools.reports.page import Block, mosaic_block, training_block, write_report
from surgtools.reports.pictures import data_uri
from surgtools.reports.provenance import Sections, run_facts
from surgtools.reports.training_batches import build_training_set, dataset_mosaic
from surgtools.reports.training_run import read_training_run

NUM_PICTURES = 18
SIDE = 320
"""Longer side of a picture in the page, pixels."""


def write_adaptation_report(result: AdaptResult, path: str | Path) -> None:
    """Write ``report.html``, one self-contained page.

    Curves, batches and facts of each training come from its work folder beside the adapted pair;
    what is no longer there, or never was, the page says.

    Raises:
        InputError: the file cannot be written.
    """
    blocks = [
        Block("Decision", text=[_decision(stage) for stage in result.stages]),
        *(_gate_block(stage) for stage in result.stages),
        _yield_block(result),
        _source_block(result),
        _picture_block(result),
        *(block for stage in result.stages for block in _training_blocks(stage, result)),
    ]
    facts = {
        "Thresholds from the source set": {
            name: f"{value:.4g}" for name, value in result.knowledge.thresholds.items()
        },
        "Source set": {name: str(n) for name, n in result.knowledge.counts.items()},
        "Frames": {
            "to learn from": str(len(result.pool.indices(held_out=False))),
            "held out": str(len(result.pool.indices(held_out=True))),
        },
        "Adapted networks": result.pair.to_dict(),
        **{k: v for stage in result.stages for k, v in _training_facts(stage, result).items()},
    }
    write_report(path, "Adaptation", facts=facts, blocks=blocks)


def _decision(stage: StageResult) -> str:
    verdict = "accepted" if stage.accepted else "rolled back, the starting network stays"
    return f"{stage.role}: {verdict}: {stage.reason}"


def _gate_block(stage: StageResult) -> Block:
    rows = [
        [
            gate.name,
            f"{gate.value:.3f}",
            ("≤ " if gate.at_most else "≥ ") + f"{gate.limit:.3f}",
            "open" if gate.open else "CLOSED",
        ]
        for gate in stage.gates
    ]
    return Block(
        f"Gates of the {stage.role}",
        text=["Held-out frames of the target and the source's validation set; no target label."],
        columns=["gate", "measured", "allowed", ""],
        rows=rows,
    )


def _yield_block(result: AdaptResult) -> Block:
    """Accepted and rejected per round, rule and category."""
    named = [("starting pair", result.reference)]
    for stage in result.stages:
        named += [(f"{stage.role} {facts['number']}", facts) for facts in stage.rounds]
    rules = [rule for rule in result.reference["rules"] if rule != "accepted"]
    rules = [rule for rule in rules if any(facts["rules"][rule] for _, facts in named)]
    columns = [
        "round",
        *result.reference["instances"],
        "predicted precision",
        "frames labelled",
        "empty",
        *rules,
    ]
    rows = [
        [
            name,
            *(str(facts["instances"][name]) for name in result.reference["instances"]),
            "-" if facts["predicted_precision"] is None else f"{facts['predicted_precision']:.3f}",
            str(facts["frames"]["labelled"] + facts["frames"]["partly"]),
            str(facts["frames"]["empty"]),
            *(str(facts["rules"][rule]) for rule in rules),
        ]
        for name, facts in named
    ]
    return Block(
        "Pseudo-labels",
        text=["Accepted per category, then rejected by the first rule that objected."],
        columns=columns,
        rows=rows,
    )


def _source_block(result: AdaptResult) -> Block:
    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    rows = [
        [name, number(value), number(result.final.source[name])]
        for name, value in result.start.source.items()
    ]
    return Block("Source validation set", columns=["", "start", "final"], rows=rows)


def _picture_block(result: AdaptResult) -> Block:
    """Held-out frames, starting pair on the left; those that changed most come first."""
    pool, start, final = result.pool, result.start.proposals, result.final.proposals
    frames = pool.indices(held_out=True)
    change = [_change(frame, result) for frame in frames]
    chosen = [frames[i] for i in np.argsort(change, kind="stable")[::-1][:NUM_PICTURES]]
    pictures = []
    for frame in chosen:
        image = pool.read(frame)
        halves = [
            draw_instances(image, to_instances(proposals, frame, SCORE_THR))
            for proposals in (start, final)
        ]
        pictures.append(
            {
                "caption": f"{Path(pool.frames[frame].source).name}: {pool.frames[frame].clip}",
                "uri": data_uri(np.hstack([_fit(half) for half in halves])),
            }
        )
    return Block(
        "Before and after",
        text=["Held-out frames that changed most; left the starting pair, right the final one."],
        pictures=pictures,
    )


def _training_blocks(stage: StageResult, result: AdaptResult) -> list[Block]:
    """Curves of a network's training, and samples of it."""
    folder, heading = _work_folder(stage, result), f"Training of the {stage.role}"
    try:
        curves = training_block(read_training_run(folder), heading)
    except (InputError, OSError):
        curves = Block(heading, text=[f"No loss curves: {folder} holds no training log."])
    return [curves, _batch_block(stage, result)]


def _batch_block(stage: StageResult, result: AdaptResult) -> Block:
    """Samples of the last round that was learnt from, among those of the source."""
    folder, heading = _work_folder(stage, result), f"Training batches of the {stage.role}"
    learnt = [facts["number"] for facts in stage.rounds if not facts["objection"]]
    try:
        config = load_config(folder / f"{stage.role}.py")
        with building(config, "the training set"):
            dataset = build_training_set(config)
            dataset.attach(folder / "pseudo_labels", result.pool.images)
            dataset.set_round(max(learnt, default=0))
            block = mosaic_block(dataset_mosaic(dataset), heading)
    except (InputError, OSError) as error:
        return Block(heading, text=[f"Not shown: {str(error).splitlines()[-1]}"])
    parts = f"and of round {max(learnt)}" if learnt else "alone; no round was learnt from"
    return replace(block, text=[*block.text, f"They are of the source {parts}."])


def _training_facts(stage: StageResult, result: AdaptResult) -> Sections:
    """Seed, versions, command and data of a training, as its checkpoint holds them."""
    folder = _work_folder(stage, result)
    facts = run_facts(folder) or {
        "training": {"not known": f"{folder} holds no checkpoint that can be read"}
    }
    return {f"{stage.role}: {section}": rows for section, rows in facts.items()}


def _work_folder(stage: StageResult, result: AdaptResult) -> Path:
    return result.pair.det_weights.parent / "work" / stage.role


def _change(frame: int, result: AdaptResult) -> float:
    """How differently two pairs see a frame: other instruments come before moved keypoints."""
    start, final = (
        to_instances(measures.proposals, frame, SCORE_THR)
        for measures in (result.start, result.final)
    )
    if [own.category_id for own in start] != [own.category_id for own in final]:
        return 10.0 + abs(len(start) - len(final))
    moved = [
        np.linalg.norm(a.keypoints - b.keypoints, axis=1).mean()
        / max(1.0, float(np.hypot(*(a.bbox[2:] - a.bbox[:2]))))
        for a, b in zip(start, final, strict=True)
        if len(a.keypoints)
    ]
    return float(max(moved, default=0.0))


def _fit(image: np.ndarray) -> np.ndarray:
    scale = SIDE / max(image.shape[:2])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
