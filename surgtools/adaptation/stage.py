"""Train one adapted network: config, runner, hook, progress, and the weights that come out."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from surgtools.adaptation.video_pseudo_label_hook import VideoPseudoLabelHook
from surgtools.errors import InputError
from surgtools.files import read_json, write_whole
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.explained_errors import building, readable_errors
from surgtools.models.average import average_weights
from surgtools.training.whole_checkpoints import newest_checkpoint

StageProgress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much."""


class StageProgressHook(Hook):
    """Tell how far labelling and training are."""

    priority = "LOWEST"

    def __init__(self, progress: StageProgress) -> None:
        self.progress = progress

    def before_train(self, runner: Runner) -> None:
        """Listen to the labelling, too."""
        for hook in runner.hooks:
            if isinstance(hook, VideoPseudoLabelHook):
                hook.on_progress = lambda done, total: self.progress("labelling", done, total)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """One more step."""
        self.progress("training", runner.iter + 1, runner.max_iters)


def train_stage(
    config: Config, progress: StageProgress, start_share: float = 0.0, trust: bool = False
) -> Path:
    """Run the training, from its latest whole checkpoint if it was cut off; extract the teacher.

    What is handed over is a mean of the weights before and after. It keeps what the source has
    taught, of which every training on pseudo-labels costs a little, and most of what is new.

    Args:
        start_share: of the weights before.
        trust: load weights that can run code.

    Source: Wortsman et al., Robust fine-tuning of zero-shot models, 2022.

    Returns:
        ``WORK_DIR/adapted.pth``: the averaged weights and their ``meta``, without the optimizer.

    Raises:
        InputError: config, data or a loss cannot be used.
    """
    work_dir = Path(config.work_dir)
    adapted, before = work_dir / "adapted.pth", config.load_from
    if adapted.exists():
        return adapted
    # The host keeps loggers and visualizers by name as long as the process lives.
    config.experiment_name = config.visualizer.name = f"adapt_{work_dir.resolve()}".replace(
        "/", "_"
    )
    work_dir.mkdir(parents=True, exist_ok=True)
    for part in work_dir.glob(".part-*.pth"):  # a kill amid writing
        part.unlink()
    with hosts_speaking_to(work_dir / "hosts.log"), readable_errors():
        if whole := newest_checkpoint(work_dir, trust):
            config.resume, config.load_from = True, str(whole)
        with building(config):
            runner = Runner.from_cfg(config)
        runner.register_hook(StageProgressHook(progress))
        runner.train()
        last = newest_checkpoint(work_dir, trust)
    if last is None:
        raise InputError(f"{work_dir}: the training left no checkpoint; look at its log")
    checkpoint = load_checkpoint(last, trust)
    state = checkpoint["state_dict"]
    if not all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point()):
        raise InputError(f"{last}: the adapted weights are no numbers; lower the learning rate")
    meta = checkpoint["meta"]
    if start_share:
        shares = {"weights before adaptation": start_share, "after": 1 - start_share}
        start = load_checkpoint(before, trust)["state_dict"]
        state = average_weights([start, state], [*shares.values()])
        mean_of = [f"{name}, share {share:g}" for name, share in shares.items()]
        meta = {**meta, "surgtools": {**meta.get("surgtools", {}), "mean_of": mean_of}}
    with write_whole(adapted) as part:
        torch.save({"state_dict": state, "meta": meta}, part)
    return adapted


@contextmanager
def hosts_speaking_to(path: Path) -> Iterator[None]:
    """What the hosts print, log and warn goes to a file, not between the lines of the progress."""
    with path.open("a") as file, redirect_stdout(file), warnings.catch_warnings():
        warnings.showwarning = lambda message, category, filename, line, *_: file.write(
            warnings.formatwarning(message, category, filename, line)
        )
        try:
            yield
        finally:
            logger = MMLogger.get_current_instance()
            for handler in list(logger.handlers):
                if type(handler) is logging.StreamHandler:  # it would write to the closed file
                    logger.removeHandler(handler)


def read_rounds(work_dir: Path) -> list[dict]:
    """``info.round`` of every round of a stage, in order."""
    files = sorted((work_dir / "pseudo_labels").glob("round_*.json"))
    return [read_json(file)["info"]["round"] for file in files]
