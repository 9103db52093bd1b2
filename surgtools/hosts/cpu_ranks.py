"""Training in several processes without a graphics card, where the hosts expect one each."""

import os

import torch
from mmengine.config import Config
from torch import distributed

WRAPPER = {
    "type": "MMDistributedDataParallel",
    "device_ids": None,
    "broadcast_buffers": False,
}
"""As the host wraps a network, but without the number of a card."""


def meet_without_cards(config: Config) -> None:
    """Let the processes of a launcher meet over gloo, where there is no card for the hosts' start.

    Nothing is done with a graphics card, without a launcher, or where the processes have met.

    Args:
        config: of the training, with its ``launcher``; the wrapper of the network is added.

    Raises:
        KeyError: a variable of the launcher is missing.
    """
    if config.launcher == "none" or torch.cuda.is_available():
        return
    config.setdefault("model_wrapper_cfg", dict(WRAPPER))
    config.model_wrapper_cfg.setdefault(
        "find_unused_parameters", config.get("find_unused_parameters", False)
    )
    if config.launcher == "slurm":
        os.environ["RANK"] = os.environ["SLURM_PROCID"]
        os.environ["WORLD_SIZE"] = os.environ["SLURM_NTASKS"]
        os.environ["LOCAL_RANK"] = os.environ.get("SLURM_LOCALID", "0")
        os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
        os.environ.setdefault("MASTER_PORT", "29500")
    if not distributed.is_initialized():
        distributed.init_process_group("gloo")
