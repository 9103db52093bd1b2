"""Run one network alone, by the hosts' own test loop, for ``surgtools test``."""

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process

from surgtools.annotations.taxonomies import require_same_categories
from surgtools.cli.lifter_runs import score_lifter
from surgtools.cli.pair_runs import own_data, run_pair
from surgtools.cli.scoring_progress import scoring_progress
from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures, open_negatives, open_pictures
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.stages import evaluate_stages
from surgtools.files import write_json
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy
from surgtools.hosts.work_dirs import DETECTOR, LIFTER, ONE_STAGE, POSE
from surgtools.prediction.models import Models, one_network
from surgtools.reports.provenance import read_provenance
from surgtools.training.test_loop import Network, RunOptions, run_network


def run_alone(args: argparse.Namespace, settings: EvaluationSettings) -> dict | None:
    """Score a detector's boxes, or a pose model's keypoints in the boxes of the ground truth.

    A network that finds both is what a user runs, and goes the way of a pair.

    Returns:
        The report of ``evaluate_stages`` with what was run on what; ``None`` on all processes
        but the first, and of a lifter, which has said what there is to say.
    """
    model, checkpoint = one_network(args.config, args.checkpoint)
    network = Network(load_config(model, args.cfg_options), checkpoint, args.trust_checkpoint)
    if network.kind == ONE_STAGE:
        return run_pair(args, Models(model, checkpoint), settings)
    if network.kind == LIFTER:
        return score_lifter(args, network)
    if args.negatives and network.kind == POSE:
        raise InputError(
            f"--negatives {args.negatives}: a pose network needs a detector there; name both, by "
            "--models or by --det-model and --pose2d"
        )
    facts = {
        f"model, {section}": rows
        for section, rows in read_provenance(checkpoint, args.trust_checkpoint).items()
    }
    dump = Path(args.dump) if args.dump else None
    pickled = dump if dump and dump.suffix != ".json" else None
    stage = "boxes" if network.kind == DETECTOR else "keypoints_gt_boxes"
    what = "boxes" if network.kind == DETECTOR else "keypoints, ground-truth boxes"
    extra = {"dump": pickled, "show_dir": args.show_dir}
    with ExitStack() as stack:
        data = args.data or own_data(network.config)
        pictures = open_pictures(data, args.split, taxonomy=args.taxonomy)
        take_taxonomy(network.config, checkpoint, args.trust_checkpoint)
        own = config_taxonomy(network.config)
        require_same_categories(own, pictures.taxonomy, str(pictures.ann_file))
        negatives = args.negatives and stack.enter_context(open_negatives(args.negatives))
        rows: dict[str, Any] = {stage: _run(what, network, pictures, args.launcher, **extra)}
        if negatives:
            found = _run("negatives", network, negatives, args.launcher)
            rows["negatives"] = (negatives.image_ids, found)
    if not is_main_process():
        return None
    if dump and not pickled:
        write_json(dump, rows[stage])
    return {
        "source": {
            "data": str(pictures.ann_file),
            "negatives": str(negatives.folder) if negatives else None,
            "model": {"config": network.config.filename, "checkpoint": str(checkpoint)},
        },
        "pictures": str(pictures.folder),
        **evaluate_stages(pictures.content, replace(settings, taxonomy=pictures.taxonomy), **rows),
        "facts": facts,
    }


def _run(what: str, network: Network, pictures: Pictures, launcher: str, **extra) -> list[dict]:
    count = len(pictures.content["images"])
    with scoring_progress(what, count, is_main_process()) as progress:
        options = RunOptions(launcher=launcher, progress=progress, **extra)
        return run_network(network, pictures, options)
