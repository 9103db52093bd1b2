"""Run the networks that ``surgtools test`` was given, with a progress line for each stage."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mmengine.dist import is_main_process
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from surgtools.errors import InputError
from surgtools.evaluation.networks import (
    DETECTOR,
    ONE_STAGE,
    POSE,
    Network,
    RunOptions,
    run_network,
)
from surgtools.evaluation.pictures import Pictures, open_negatives, open_pictures
from surgtools.evaluation.settings import PLACE_THR, EvaluationSettings
from surgtools.evaluation.stages import evaluate_stages
from surgtools.files import write_json
from surgtools.hosts.config_files import load_config
from surgtools.prediction.augmentation import FOUR_VIEWS
from surgtools.prediction.parts import whole_results
from surgtools.prediction.view_results import fuse_results, open_view, results_to_picture
from surgtools.reports.provenance import read_provenance
from surgtools.zoo import resolve


def run_stages(args: argparse.Namespace, settings: EvaluationSettings) -> dict | None:
    """Run every stage the arguments ask for and score them.

    Returns:
        The report of ``evaluate_stages`` with what was run on what; ``None`` on all processes
        but the first.
    """
    main = _open_network(args.config, args.checkpoint, args.cfg_options, args.trust_checkpoint)
    detector = _open_detector(args, main)
    if args.negatives and main.kind == POSE and not detector:
        raise InputError(
            f"--negatives {args.negatives}: a pose network needs a detector there; add --detector "
            "CONFIG WEIGHTS"
        )
    networks = {"model": main, "detector": detector if detector is not main else None}
    networks = {name: network for name, network in networks.items() if network}
    facts = _facts(networks)  # read now: a training may replace its checkpoints meanwhile
    with ExitStack() as stack:
        pictures = open_pictures(args.data or _own_data(main), args.split)
        negatives = args.negatives and stack.enter_context(open_negatives(args.negatives))
        rows = _run_all(args, main, detector, pictures, negatives, stack.enter_context(_bars()))
    if not is_main_process():
        return None
    if args.dump and Path(args.dump).suffix == ".json":
        shown = next(k for k in reversed(rows) if not k.startswith("negatives"))
        write_json(args.dump, rows[shown])
    for name in ("negatives", "negatives_detector_boxes"):
        if name in rows:
            rows[name] = (negatives.image_ids, rows[name])
    return {
        "source": {
            "data": str(pictures.ann_file),
            "negatives": str(negatives.folder) if negatives else None,
            "test-time augmentation": args.tta,
            **{
                name: {"config": network.config.filename, "checkpoint": str(network.checkpoint)}
                for name, network in networks.items()
            },
        },
        "pictures": str(pictures.folder),
        **evaluate_stages(pictures.content, settings, **rows),
        "facts": facts,
    }


def _run_all(
    args: argparse.Namespace,
    main: Network,
    detector: Network | None,
    pictures: Pictures,
    negatives: Pictures | None,
    bars: Progress,
) -> dict[str, list[dict]]:
    """Results per stage, the one a user gets last (negatives aside)."""

    def run(what: str, network: Network, on: Pictures, boxes: list[dict] | None = None, **extra):
        bar = bars.add_task(what, total=None)
        if not bars.console.is_terminal:  # where bars appear only at the end
            bars.console.print(f"{what}: {len(on.content['images'])} pictures")
        options = RunOptions(
            launcher=args.launcher,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
            **extra,
        )
        found = run_network(network, on, options, boxes)
        bars.update(bar, total=bars.tasks[bar].total or 0, refresh=True)
        return found

    def keypoints(what: str, on: Pictures, boxes: list[dict], **extra) -> list[dict]:
        kept = [row for row in boxes if row["score"] >= args.det_thr]
        return run(what, main, on, kept, flip_test=False if args.tta else None, **extra)

    def reported(what: str, on: Pictures, first: list[dict]) -> list[Mapping]:
        """What ``predict`` gives, from the results on the pictures as they are."""
        seen: list[Sequence[Mapping]] = [first]
        for view in FOUR_VIEWS[1:] if args.tta else ():
            with open_view(on, view) as shown:
                if main.kind == POSE:
                    rows = keypoints(
                        f"{what}, {view}", shown, run(f"boxes, {view}", finder, shown)
                    )
                else:
                    rows = run(f"{what}, {view}", main, shown)
            seen.append(results_to_picture(rows, view, on))
        return whole_results(fuse_results(seen) if args.tta else first, PLACE_THR)

    pickled = args.dump if args.dump and Path(args.dump).suffix != ".json" else None
    extra = {"dump": pickled, "show_dir": args.show_dir}
    rows: dict[str, list[dict]] = {}
    finder = detector or (main if main.kind == ONE_STAGE else None)
    if main.kind == DETECTOR:
        rows["boxes"] = run("boxes", main, pictures, **extra)
    elif main.kind == POSE:
        rows["keypoints_gt_boxes"] = run("keypoints, ground-truth boxes", main, pictures, **extra)
        if detector:
            rows["boxes"] = run("boxes", detector, pictures)
            what = "keypoints, detector boxes"
            found = keypoints(what, pictures, rows["boxes"])
            rows["keypoints_detector_boxes"] = reported(what, pictures, found)
    else:
        what = "boxes and keypoints"
        found = reported(what, pictures, run(what, main, pictures, **extra))
        rows["boxes"] = rows["keypoints_detector_boxes"] = found
    if negatives:
        rows["negatives"] = run("negatives", finder, negatives)
        if main.kind == ONE_STAGE:
            rows["negatives"] = reported("negatives", negatives, rows["negatives"])
        if any("presence" in row for row in rows.get("keypoints_detector_boxes", ())):
            what = "negatives, keypoints"
            found = keypoints(what, negatives, rows["negatives"])
            rows["negatives_detector_boxes"] = reported(what, negatives, found)
    return rows


def _open_detector(args: argparse.Namespace, main: Network) -> Network | None:
    """The detector that was given; ``main`` itself where that is one."""
    model, weights = args.detector or (args.det_model, args.det_weights)
    if not model:
        return main if main.kind == DETECTOR else None
    if main.kind != POSE:
        raise InputError(
            f"{args.config}: is a {main.kind} network, which finds boxes itself; leave out the "
            f"detector {model}, or give the config of a pose network"
        )
    network = _open_network(model, weights, None, args.trust_checkpoint)
    if network.kind != DETECTOR:
        raise InputError(f"{model}: is a {network.kind} network; give a config of a detector")
    return network


def _open_network(
    model: str, weights: str | None, options: list[str] | None, trust: bool
) -> Network:
    config, checkpoint = resolve(model, weights, model)
    return Network(load_config(config, options), checkpoint, trust)


def _facts(networks: dict[str, Network]) -> dict[str, dict[str, str]]:
    """What the checkpoints say they were made from."""
    return {
        f"{name}, {section}": rows
        for name, network in networks.items()
        for section, rows in read_provenance(network.checkpoint, network.trust).items()
    }


def _own_data(network: Network) -> Path:
    dataset = network.config.test_dataloader.dataset
    return Path(dataset.get("data_root") or "") / dataset.ann_file


@contextmanager
def _bars() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), disable=not is_main_process()) as bars:
        yield bars
