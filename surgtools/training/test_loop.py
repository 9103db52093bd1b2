"""Run a detector or a pose network over pictures through the host's own test loop."""

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from surgtools.evaluation.pictures import Pictures
from surgtools.files import read_json, write_json
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.compat.safe_loading import trust_checkpoints
from surgtools.hosts.config_files import require_classes
from surgtools.hosts.explained_errors import building, readable_errors
from surgtools.hosts.model_wrapper import without_wrapper
from surgtools.hosts.work_dirs import DETECTOR, POSE, network_kind


@dataclass(frozen=True)
class Network:
    """A config with its weights.

    Attributes:
        config: the host's config, overrides applied.
        checkpoint: path of the weights.
        trust: also load weights that can run code.
    """

    config: Config
    checkpoint: Path
    trust: bool = False

    @property
    def kind(self) -> str:
        """See ``network_kind``."""
        return network_kind(self.config)


@dataclass(frozen=True)
class RunOptions:
    """How the test loop is run.

    Attributes:
        launcher: of the host, for several processes.
        dump: pickle file for the host's raw predictions.
        show_dir: folder for the host's drawings.
        flip_test: whether a pose network averages with the mirrored crop; None as configured.
        progress: called with (done, all) batches.
    """

    launcher: str = "none"
    dump: Path | None = None
    show_dir: Path | None = None
    flip_test: bool | None = None
    progress: Callable[[int, int], None] | None = field(default=None, repr=False)


def run_network(
    network: Network,
    pictures: Pictures,
    options: RunOptions | None = None,
    boxes: list[dict] | None = None,
) -> list[dict]:
    """COCO results of a network on pictures, the same on every process.

    Args:
        boxes: for a pose network, detector results to run it in; ``None`` uses the boxes of the
            ground truth. No boxes give no results.

    Raises:
        InputError: the weights belong to another model, are unsafe, or a picture is unreadable.
    """
    options = options or RunOptions()
    kind = network.kind
    require_classes(network.config)
    if kind == POSE and not (pictures.content["annotations"] if boxes is None else boxes):
        return []
    with TemporaryDirectory() as temporary, trust_checkpoints(network.trust):
        results_file = Path(temporary) / "results.json"
        config = deepcopy(network.config)
        _set_run(config, options, temporary)
        _set_loader(config, pictures)
        if kind == POSE:
            boxes_file = Path(temporary) / "boxes.json"
            write_json(boxes_file, boxes)
            config.test_dataloader.dataset.bbox_file = str(boxes_file) if boxes else None
            if options.flip_test is not None:
                config.model.setdefault("test_cfg", {})["flip_test"] = options.flip_test
        metric = "InstrumentBoxMetric" if kind == DETECTOR else "InstrumentMetric"
        config.test_evaluator = [
            dict(type=metric, ann_file=str(pictures.ann_file), results_file=str(results_file))
        ]
        if options.dump:
            config.test_evaluator.append(dict(type="DumpResults", out_file_path=str(options.dump)))
        _test(config, network, options.progress)
        rows = [read_json(results_file) if is_main_process() else None]
        broadcast_object_list(rows)
        return rows[0]


def run_lifter(network: Network, ann_file: Path, options: RunOptions | None = None) -> dict:
    """What the metrics of a lifter say of labels with ``keypoints_3d``; no picture is read.

    Returns:
        Name of the metric to its value, as ``MPJPE`` in millimeters.

    Raises:
        InputError: the weights belong to another model, or the labels lack something.
    """
    options = options or RunOptions()
    with TemporaryDirectory() as temporary, trust_checkpoints(network.trust):
        config = deepcopy(network.config)
        _set_run(config, options, temporary)
        config.test_dataloader.dataset.update(data_root="", ann_file=str(ann_file))
        return _test(config, network, options.progress)


def _test(config: Config, network: Network, progress: Callable | None) -> dict:
    with building(config):
        runner = Runner.from_cfg(config)
    load_weights(without_wrapper(runner.model), network.checkpoint, network.trust)
    if progress:
        runner.register_hook(_ProgressHook(progress), "LOWEST")
    with readable_errors():
        return runner.test()


def _set_loader(config: Config, pictures: Pictures) -> None:
    loader = config.test_dataloader
    allowed = getattr(os, "sched_getaffinity", lambda pid: range(os.cpu_count() or 1))
    loader.num_workers = min(loader.get("num_workers", 0), len(allowed(0)))  # torch warns beyond
    dataset = loader.dataset
    dataset.data_root = ""
    dataset.ann_file = str(pictures.ann_file)
    dataset.data_prefix = dict(img=f"{pictures.folder}/")


def _set_run(config: Config, options: RunOptions, work_dir: str) -> None:
    config.work_dir = work_dir
    # Our own loader refuses weights that do not fit, which the host's passes over.
    config.load_from, config.resume = None, False
    config.launcher = options.launcher
    config.log_level = "WARNING"
    # The host keeps loggers and visualizers by name as long as the process lives, with the folder
    # of the first run.
    config.experiment_name = config.visualizer.name = work_dir
    config.visualizer.vis_backends = None
    # Hooks of training have nothing to do here; the checkpoint's weights are the averaged ones.
    config.custom_hooks = []
    config.train_dataloader = config.train_cfg = config.optim_wrapper = None
    config.val_dataloader = config.val_cfg = config.val_evaluator = None
    config.param_scheduler = None
    if options.show_dir:
        hook = config.default_hooks.visualization
        hook.update(
            dict(draw=True, test_out_dir=str(options.show_dir))
            if hook.type == "DetVisualizationHook"
            else dict(enable=True, out_dir=str(options.show_dir))
        )


class _ProgressHook(Hook):
    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self.progress = progress

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.progress(batch_idx + 1, len(runner.test_dataloader))
