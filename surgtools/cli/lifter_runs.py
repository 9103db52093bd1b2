"""Score a network that lifts keypoints to space, for ``surgtools test``."""

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

from surgtools.annotations.taxonomies import require_same_categories
from surgtools.cli.pair_runs import own_data
from surgtools.cli.scoring_arguments import metrics_file
from surgtools.errors import InputError
from surgtools.evaluation.pictures import open_pictures
from surgtools.files import write_json
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy
from surgtools.training.test_loop import Network, RunOptions, run_lifter


def score_lifter(args: argparse.Namespace, network: Network) -> None:
    """Print how far keypoints lie from the truth in space, and write it down.

    Raises:
        InputError: the labels say nothing of space, or an option has no meaning here.
    """
    asked = {"--negatives": args.negatives, "--dump": args.dump, "--show-dir": args.show_dir}
    if given := [flag for flag, value in asked.items() if value]:
        raise InputError(f"{', '.join(given)}: a lifter looks at no picture; leave that out")
    pictures = open_pictures(
        args.data or own_data(network.config), args.split, False, args.taxonomy
    )
    take_taxonomy(network.config, network.checkpoint, args.trust_checkpoint)
    own = config_taxonomy(network.config)
    require_same_categories(own, pictures.taxonomy, str(pictures.ann_file))
    found = run_lifter(network, pictures.ann_file, RunOptions(launcher=args.launcher))
    if not is_main_process():
        return
    metrics = {name: round(float(value), 4) for name, value in found.items()}
    for name, value in metrics.items():
        print(f"{name} {value:.2f} mm, from the first keypoint of each instrument")
    out = metrics_file(args)
    if out is not None:
        source = {
            "data": str(pictures.ann_file),
            "model": {
                "config": str(network.config.filename), "checkpoint": str(network.checkpoint)
            },
        }  # fmt: skip
        write_json(Path(out), {"source": source, "lifting_mm": metrics}, indent=1)
        print(f"metrics: {out}")
