"""One short training, step by step on the clock; run by ``training_speed.py`` in its own process.

Usage: python timed_steps.py '{"network": "detector", "side": "ours", ...}'; see ``Trial``. Prints
one line of JSON: seconds of each measured step, and of these the seconds it waited for data.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

OURS = {
    "detector": ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py",
    "pose": ROOT / "configs/pose/rtmpose-s_60e_instruments-256x256.py",
}


@dataclass(frozen=True)
class Trial:
    """What is timed.

    Attributes:
        network: ``detector`` or ``pose``.
        side: ``ours``, ``ours --amp`` or ``stock``.
        cores: the first so many cores that this process may use are used.
        workers: processes that load pictures, within the same cores.
        batch: pictures or instruments a step.
        warm_up, steps: the second are measured. The first empty what the workers had prepared.
        data: dataset folder.
    """

    network: str
    side: str
    cores: int
    workers: int
    batch: int
    warm_up: int
    steps: int
    data: str


def main() -> None:
    trial = Trial(**json.loads(sys.argv[1]))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: trial.cores])
    os.environ["OMP_WAIT_POLICY"] = "passive"  # as `surgtools train` has it; helps both sides
    print(json.dumps(time_steps(trial)))


def time_steps(trial: Trial) -> dict[str, list[float]]:
    """Train as far as the trial says."""
    import torch
    from mmengine.runner import Runner

    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.training.run import train

    torch.set_num_threads(trial.cores)
    register_clock()
    with TemporaryDirectory() as folder:
        config = load_recipe(trial, Path(folder))
        limit_steps(config, trial)
        config.custom_hooks = [*config.custom_hooks, {"type": "StepClock"}]
        if trial.side == "stock":
            config.work_dir = folder
            runner = Runner.from_cfg(config)
            runner.train()
        else:
            runner = train(config, folder, validate=False, amp=trial.side.endswith("--amp"))
    clock = next(hook for hook in runner.hooks if type(hook).__name__ == "StepClock")
    return {key: getattr(clock, key)[-trial.steps :] for key in ("seconds", "waited")}


def load_recipe(trial: Trial, folder: Path):
    """The config of the network on one side."""
    from stock_recipes import stock_detector, stock_pose

    from surgtools.hosts.config_files import load_config

    data = Path(trial.data).resolve()
    if trial.side != "stock":
        return load_config(OURS[trial.network], data_root=data)
    return stock_detector(data) if trial.network == "detector" else stock_pose(data, folder)


def limit_steps(config, trial: Trial) -> None:
    """Count steps in place of epochs; nothing is saved, and the loader is the trial's."""
    total = trial.warm_up + trial.steps
    config.train_cfg = {"type": "IterBasedTrainLoop", "max_iters": total}
    config.param_scheduler = [
        {"type": "LinearLR", "start_factor": 1e-3, "by_epoch": False, "begin": 0, "end": total}
    ]
    config.default_hooks.checkpoint = None
    config.default_hooks.logger.interval = total
    config.log_level = "ERROR"
    config.train_dataloader.update(
        batch_size=trial.batch,
        num_workers=trial.workers,
        persistent_workers=True,
        sampler={"type": "InfiniteSampler", "shuffle": True},
    )


def register_clock() -> None:
    """Make known a hook that notes the ``seconds`` of a step and those it ``waited`` for data."""
    from mmengine.hooks import Hook
    from mmengine.registry import HOOKS

    @HOOKS.register_module()
    class StepClock(Hook):
        priority = "LOWEST"

        def __init__(self) -> None:
            self.seconds: list[float] = []
            self.waited: list[float] = []

        def before_train(self, runner) -> None:
            self.end = time.perf_counter()

        def before_train_iter(self, *_, **__) -> None:
            self.waited.append(time.perf_counter() - self.end)

        def after_train_iter(self, *_, **__) -> None:
            now = time.perf_counter()
            self.seconds.append(now - self.end)
            self.end = now


if __name__ == "__main__":
    main()
