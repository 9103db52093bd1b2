r"""Does `data suggest` pay? 30 pictures chosen by it against 30 at random, trained the same.

surgtools generate held --out DATA/held --num 400 --seed 211 --layers
surgtools generate held --out DATA/other --num 100 --seed 1211 --layers
surgtools generate tabletop --out DATA/table --num 70 --seed 303 --layers
python benchmarks/active_learning.py OUT --unknown DATA/held/train --easy DATA/table/train \
    --other DATA/other/train --head

The fast pair hardly finds instruments in hands. The pool is as recordings are, see
`drifting_shots.py`: many frames are nearly the same, and some show instruments on a table, which
the pair knows. The detector goes on from its weights on the chosen pictures alone, for the same
number of steps. Scored are instruments of other scenes, by the boxes of the detector. Seeds differ
in training, and in what is drawn at random. The same with drawn pictures, where steps are cheap:

python benchmarks/drawn_domains.py DRAWN --train 480
surgtools train benchmarks/toy_configs/detector.py --data DRAWN/source --epochs 10 --seed 0 \
    --no-validate --work-dir DRAWN/detector
python benchmarks/active_learning.py OUT --unknown DRAWN/target/train --easy DRAWN/source/val \
    --other DRAWN/target/val --det-model DRAWN/detector --steps 200 --scored 150

Whatever is finished is kept in OUT, so a killed run goes on when the same command is given again.
`--until SECONDS` ends it between two trainings.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from adaptation_cells import Cells  # noqa: E402
from adaptation_scores import mean_and_spread  # noqa: E402
from drifting_shots import copy_pictures, shot_of, write_shots  # noqa: E402

from surgtools.cli import main as surgtools  # noqa: E402
from surgtools.dataset_folder import ANNOTATIONS  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.files import read_json  # noqa: E402
from surgtools.hosts.checkpoints import load_checkpoint  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.images import read_image  # noqa: E402
from surgtools.prediction.backends.torch_backend import torch_detector  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.predictor import Predictor  # noqa: E402
from surgtools.prediction.result_rows import BOX_FLOOR, box_rows, in_batches  # noqa: E402
from surgtools.prediction.thresholds import Thresholds  # noqa: E402
from surgtools.training.run import train  # noqa: E402

WAYS = ("random", "suggested")
BATCH = 8
TRAINED = ("neck.", "bbox_head.")
"""Parts of the detector whose convolutions learn."""

SETTINGS = (
    *("unknown", "easy", "other", "pair", "det_model", "count", "frames", "scored"),
    *("steps", "lr", "head"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--unknown", type=Path, required=True, help="pictures to be learnt")
    parser.add_argument("--easy", type=Path, required=True, help="pictures that the pair knows")
    parser.add_argument("--other", type=Path, required=True, help="pictures to score on")
    parser.add_argument("--pair", default="fast")
    parser.add_argument("--det-model", help="another detector than that of the pair")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--count", type=int, default=30, help="pictures to label")
    parser.add_argument("--frames", type=int, nargs=2, default=(160, 80), help="unknown and easy")
    parser.add_argument("--scored", type=int, default=100, help="pictures to score on")
    parser.add_argument("--steps", type=int, default=40, help=f"of {BATCH} pictures")
    parser.add_argument("--lr", type=float, default=0.0005, help="a quarter of that from scratch")
    parser.add_argument(
        "--head",
        action="store_true",
        help="only the convolutions of neck and head learn: 30 pictures are few",
    )
    parser.add_argument("--until", type=float, default=math.inf, metavar="SECONDS")
    args = parser.parse_args()
    end = time.monotonic() + args.until
    cells = Cells(args.out, {key: getattr(args, key) for key in SETTINGS})
    args.pair = Models.find(args.pair, det_model=args.det_model)
    files = args.pair.files("detector")
    before = cells.keep("before", lambda: score_boxes(*files, write_scored(args)))
    after = {way: [] for way in WAYS}
    for seed in range(args.seeds):
        for way in WAYS:
            if not (args.out / f"{way}_{seed}.json").exists() and time.monotonic() > end:
                sys.exit("time is over; give the same command again to go on")
            after[way].append(cells.keep(f"{way}_{seed}", Choice(args, way, seed).learn))
    print("\n".join(table(before["box AP"], after)))


class Choice:
    """One choice of pictures, and what the detector learns from it."""

    def __init__(self, args: argparse.Namespace, way: str, seed: int) -> None:
        self.args, self.way, self.seed = args, way, seed
        self.pool, self.data = args.out / "pool", args.out / f"{way}_{seed}"

    def learn(self) -> dict:
        """Choose, train, score."""
        args = self.args
        renders = zip(("unknown", "easy"), (args.unknown, args.easy), args.frames, strict=True)
        write_shots(self.pool, list(renders), np.random.default_rng([0, 0]))
        names = self.suggested() if self.way == "suggested" else self.at_random()
        rows = read_json(self.pool / ANNOTATIONS)
        chosen = [image for image in rows["images"] if image["file_name"] in names]
        labels = copy_pictures(rows, chosen, self.pool / "images", self.data / "train")
        config, weights = args.pair.files("detector")
        return {
            **score_boxes(config, self.train(config, weights), args.out / "scored"),
            "of the unknown": sum(name.startswith("unknown") for name in names),
            "shots": len(set(map(shot_of, names))),
            "instruments": len(labels.annotations),
        }

    def suggested(self) -> list[str]:
        """What the command asks for."""
        out = self.pool / "suggested"
        if not (out / "suggestions.json").exists():
            names = ("--det-model", "--det-weights", "--pose2d", "--pose2d-weights")
            files = [*self.args.pair.files("detector"), *self.args.pair.files("pose")]
            models = [word for pair in zip(names, map(str, files), strict=True) for word in pair]
            words = [str(self.pool / "images"), "--out-dir", str(out), *models]
            if surgtools(["data", "suggest", *words, "--count", str(self.args.count)]):
                sys.exit("data suggest has failed")
        return [Path(row["file"]).name for row in read_json(out / "suggestions.json")]

    def at_random(self) -> list[str]:
        """As many, whatever they show."""
        names = [image["file_name"] for image in read_json(self.pool / ANNOTATIONS)["images"]]
        rng = np.random.default_rng([self.seed, 1])
        return [names[i] for i in rng.choice(len(names), self.args.count, replace=False)]

    def train(self, config: Path, weights: Path) -> Path:
        """The checkpoint after so many steps."""
        settings = load_config(config, data_root=self.data)
        loader = settings.train_dataloader
        loader.batch_size, loader.num_workers, loader.persistent_workers = BATCH, 0, False
        epochs = math.ceil(self.args.steps / math.ceil(self.args.count / BATCH))
        work_dir = self.data / "detector"
        done = work_dir / f"epoch_{epochs}.pth"
        if not done.exists():
            settings.load_from = str(weights)
            settings.optim_wrapper.optimizer.lr = self.args.lr
            settings.default_hooks.checkpoint.interval = max(epochs // 4, 1)
            options = {"validate": False, "epochs": epochs, "seed": self.seed}
            options["only"] = convolutions(weights) if self.args.head else ()
            train(settings, work_dir, resume="auto", **options)
        return done


def write_scored(args: argparse.Namespace) -> Path:
    """The first pictures of the other scenes as a validation set."""
    rows = read_json(args.other / ANNOTATIONS)
    pictures, out = args.other / "images", args.out / "scored"
    copy_pictures(rows, rows["images"][: args.scored], pictures, out / "val")
    return out


def convolutions(weights: Path) -> list[str]:
    """Names of the convolutions of the parts that learn; levels that share one name it once."""
    state = load_checkpoint(weights)["state_dict"]
    kernels = {n: v for n, v in state.items() if v.ndim == 4 and n.startswith(TRAINED)}
    once = {value.numpy().tobytes(): name for name, value in reversed(kernels.items())}
    return [name.removesuffix(".weight") for name in once.values()]


def score_boxes(config: Path, weights: Path, folder: Path) -> dict:
    """Box AP of a detector on ``folder/val``, mean over categories."""
    network = torch_detector(str(config), str(weights), "auto", "fp32", False)
    detector = Predictor.of_networks(network, None, Thresholds(), flip_test=False, zoom="off")
    content = read_json(folder / "val" / ANNOTATIONS)
    rows = []
    for batch, pictures in in_batches(
        content["images"], lambda image: read_image(folder / "val/images" / image["file_name"])
    ):
        for image, found in zip(batch, detector.detect(pictures, floor=BOX_FLOOR), strict=True):
            rows += box_rows(found, image["id"])
    return {"box AP": evaluate(content, rows, EvaluationSettings(bootstrap=0))["boxes"]["AP"]}


def table(before: float, after: dict[str, list[dict]]) -> list[str]:
    """AP before and after, the gains, and the ratio of their means with its spread over seeds."""
    gains = {way: np.array([row["box AP"] - before for row in after[way]]) for way in WAYS}
    lines = [f"box AP before: {before:.3f}"]
    for way in WAYS:
        told = mean_and_spread([row["box AP"] for row in after[way]])
        each = ", ".join(f"{gain:.3f}" for gain in gains[way])
        lines.append(f"{way:10} {told}, gain {mean_and_spread(gains[way])} ({each})")
    ratio = gains["suggested"].mean() / gains["random"].mean()
    lines.append(f"ratio of mean gains: {ratio:.2f} +- {spread_of_ratio(gains):.2f}")
    for key in ("of the unknown", "shots", "instruments"):
        told = ", ".join(f"{w} {np.mean([row[key] for row in after[w]]):.1f}" for w in WAYS)
        lines.append(f"{key}: {told}")
    return lines


def spread_of_ratio(gains: dict[str, np.ndarray]) -> float:
    """Standard error of a ratio of two means, to first order; ``nan`` for a single seed."""
    chosen, drawn = gains["suggested"], gains["random"]
    if len(drawn) < 2:
        return math.nan
    shares = [own.std(ddof=1) / math.sqrt(len(own)) / own.mean() for own in (chosen, drawn)]
    return abs(chosen.mean() / drawn.mean()) * math.hypot(*shares)


if __name__ == "__main__":
    main()
