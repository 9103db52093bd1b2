"""Where the time of a picture in four views goes, and what leaving hopeless crops out saves.

python benchmarks/crops_in_views.py PICTURE... --models general

Each picture is looked at both ways in one process: every box of every view gets its crop, or only
the boxes that can still be reported (what `predict` does). What is reported must be the same.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from surgtools.cli.model_arguments import add_model_arguments, models_of  # noqa: E402


class Timed:
    """A network that notes how long it takes and how much it is shown."""

    def __init__(self, network) -> None:
        self.network, self.seconds, self.shown = network, 0.0, 0

    def __getattr__(self, name):
        return getattr(self.network, name)

    def __call__(self, batch: np.ndarray):
        start = time.process_time()
        answer = self.network(batch)
        self.seconds += time.process_time() - start
        self.shown += len(batch)
        return answer


def main() -> None:
    """Both ways, picture by picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path)
    add_model_arguments(parser)
    args = parser.parse_args()
    from surgtools.images import read_image
    from surgtools.prediction.augmentation import FOUR_VIEWS, fuse_instances
    from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose
    from surgtools.prediction.predictor import Predictor
    from surgtools.prediction.reach import drop_out_of_reach
    from surgtools.prediction.suppression import drop_parts, suppress_instances
    from surgtools.prediction.thresholds import Thresholds

    models = models_of(args)
    detector = Timed(torch_detector(*models.files("detector")))
    pose = Timed(torch_pose(*models.files("pose")))
    thresholds = Thresholds()
    predictor = Predictor.of_networks(detector, pose, thresholds)

    def every_crop(image: np.ndarray, first: bool):
        """All boxes, or those that the boxes of all views alone let through."""
        found = [predictor.detect([view.warp(image)], FOUR_VIEWS) for view in FOUR_VIEWS]
        if first:
            limits = thresholds.bbox, predictor.presence
            found = drop_out_of_reach(found, FOUR_VIEWS, [image.shape[1::-1]], *limits)
        fused = fuse_instances(predictor.predict_views([image], found, FOUR_VIEWS)[0])
        return drop_parts(suppress_instances(fused, thresholds.bbox, thresholds.place))

    ways = {
        "every crop": lambda image: every_crop(image, False),
        "within reach at first": lambda image: every_crop(image, True),
        "within reach in turn": lambda image: predictor.find([image], views=FOUR_VIEWS)[0],
    }
    images = [read_image(path) for path in args.pictures]
    ways["every crop"](images[0])  # the first call of a network is slower
    told = {}
    for name, look in ways.items():
        for network in (detector, pose):
            network.seconds = network.shown = 0
        start = time.process_time()
        found = [look(image) for image in images]
        total, count = time.process_time() - start, len(images)
        told[name] = [
            sorted((i.category_id, round(i.bbox_score, 4), *np.round(i.bbox)) for i in own)
            for own in found
        ]
        same = "the same" if told[name] == told["every crop"] else "OTHERS"
        print(
            f"{name}: {total / count:.2f} core seconds a picture; detector "
            f"{detector.seconds / count:.2f} in {detector.shown / count:.0f} looks, pose model "
            f"{pose.seconds / count:.2f} in {pose.shown / count:.0f} crops; "
            f"{sum(map(len, found))} reported, {same}",
            flush=True,
        )


if __name__ == "__main__":
    main()
