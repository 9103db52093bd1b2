"""Run a detector and a pose model on the path of ``predict``, for ``surgtools test``."""

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from surgtools.annotations.taxonomies import require_same_categories
from surgtools.cli.scoring_progress import scoring_progress
from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures, open_negatives, open_pictures
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.stages import evaluate_stages
from surgtools.files import write_json
from surgtools.hosts.config_files import load_config
from surgtools.hosts.work_dirs import DETECTOR, ONE_STAGE, POSE, network_kind
from surgtools.images import read_image
from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
from surgtools.prediction.graphs import is_graph
from surgtools.prediction.models import ROLES, Models
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.result_rows import Rows, stage_rows
from surgtools.prediction.thresholds import Thresholds
from surgtools.reports.provenance import read_provenance


def pair_of(args: argparse.Namespace) -> Models:
    """The pair that the flags name, or a pose model as CONFIG with a detector beside it.

    Raises:
        InputError: a file is not there, or a network is of another kind than its flag says.
    """
    detector = args.detector or (args.det_model, args.det_weights)
    models = Models.find(
        args.models,
        det_model=detector[0],
        det_weights=detector[1],
        pose2d=args.config or args.pose2d,
        pose2d_weights=args.checkpoint or args.pose2d_weights,
    )
    for role, wanted in zip(ROLES, (DETECTOR, POSE), strict=True):
        config = models.files(role)[0]
        if config is None or is_graph(config):  # a graph of the package is what it is named
            continue
        kind = network_kind(load_config(config))
        if role == "pose" and kind != POSE:
            raise InputError(
                f"{config}: is a {kind} network, which finds boxes itself; leave out the detector "
                f"{models.det_model}, or give the config of a pose network"
            )
        if kind not in (ONE_STAGE, wanted):
            raise InputError(f"{config}: is a {kind} network; give a config of a {wanted}")
    return models


def run_pair(args: argparse.Namespace, models: Models, settings: EvaluationSettings) -> dict:
    """Score both networks together, as ``predict`` runs them, and each alone.

    Returns:
        The report of ``evaluate_stages`` with what was run on what.

    Raises:
        InputError: networks, pictures or negatives cannot be used.
    """
    thresholds = Thresholds(args.det_thr)
    facts = _facts(models, args.trust_checkpoint)  # now: a training may replace its checkpoints
    with ExitStack() as stack:
        data = args.data or _own_data(models)
        pictures = open_pictures(data, args.split, taxonomy=args.taxonomy)
        negatives = args.negatives and stack.enter_context(open_negatives(args.negatives))
        predictor = Predictor.open(
            models,
            args.device,
            thresholds,
            trust_checkpoint=args.trust_checkpoint,
            zoom=args.zoom,
        )
        several = predictor.several_views if args.tta is None else args.tta
        views = FOUR_VIEWS if several else ONE_VIEW
        require_same_categories(predictor.taxonomy, pictures.taxonomy, str(pictures.ann_file))
        poses = not models.is_one_stage
        rows: dict[str, Any] = _run("pictures", predictor, pictures, views, poses)
        if negatives:
            found = _run("negatives", predictor, negatives, views, False)
            ids = negatives.image_ids
            rows["negatives"] = (ids, found["boxes"])
            rows["negatives_detector_boxes"] = (ids, found["keypoints_detector_boxes"])
    if args.dump:
        write_json(args.dump, rows["keypoints_detector_boxes"])
    return {
        "source": {
            "data": str(pictures.ann_file),
            "negatives": str(negatives.folder) if negatives else None,
            "test-time augmentation": several,
            "zoom": args.zoom,
            **models.to_record(),
        },
        "pictures": str(pictures.folder),
        **evaluate_stages(pictures.content, replace(settings, taxonomy=pictures.taxonomy), **rows),
        "facts": facts,
    }


def _run(
    what: str, predictor: Predictor, pictures: Pictures, views, in_true_boxes: bool
) -> dict[str, Rows]:
    with scoring_progress(what, len(pictures.content["images"])) as progress:
        return stage_rows(
            predictor,
            pictures.content,
            lambda image: read_image(pictures.path_of(image)),
            views,
            in_true_boxes,
            progress,
        )


def _facts(models: Models, trust: bool) -> dict[str, dict[str, str]]:
    """What the checkpoints say they were made from."""
    names = dict(zip(ROLES, ("detector", "model"), strict=True))
    return {
        f"{names[role]}, {section}": rows
        for role in reversed(ROLES)
        if (weights := models.files(role)[1])
        for section, rows in read_provenance(weights, trust).items()
    }


def _own_data(models: Models) -> Path:
    if models.is_onnx:
        named = models.exported or models.det_model
        raise InputError(f"{named}: names no data set; add --data DIR")
    return own_data(load_config(models.pose2d or models.det_model))


def own_data(config) -> Path:
    """The annotations that a config is tested on."""
    dataset = config.test_dataloader.dataset
    return Path(dataset.get("data_root") or "") / dataset.ann_file
