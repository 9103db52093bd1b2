"""Write the frames that detectors are trained on as an ordinary data set: pictures and labels.

python tools/compose_frames.py --data UNION --backgrounds PHOTOGRAPHS --num 1000 --out DIR

Layers of rendered pictures lie small and large over photographs, as `ComposeFrame` lays them in
training. Once stored, the same frames serve to train a pose model, to fit presence
(`tools/fit_presence.py`), and to validate. An instrument that is hardly to be seen is kept as a
region to ignore (`iscrowd`).
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from surgtools.cli.output_arguments import folder_to_write  # noqa: E402
from surgtools.cli.ranges import whole  # noqa: E402
from surgtools.errors import InputError  # noqa: E402


def main() -> int:
    """Compose, write, say how many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="dataset folder with layers")
    parser.add_argument("--split", default="train", help="its part that is taken and written")
    parser.add_argument("--backgrounds", help="folder of photographs without any instrument")
    parser.add_argument("--empty", help="folder of photographs to add as they are, without labels")
    parser.add_argument("--num", type=int, default=1000, help="frames to compose")
    parser.add_argument(
        "--out", required=True, type=folder_to_write, help="dataset folder to write"
    )
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720), metavar=("W", "H"))
    parser.add_argument(
        "--extent",
        type=float,
        nargs=2,
        default=(0.06, 0.9),
        metavar=("MIN", "MAX"),
        help="length of an instrument over the shorter side",
    )
    parser.add_argument(
        "--counts",
        type=float,
        nargs="+",
        metavar="WEIGHT",
        help="how often no layer, one, two ... are laid; by default rarely more than two",
    )
    parser.add_argument("--light", type=float, default=0.35, help="share under a theatre lamp")
    parser.add_argument(
        "--emptied",
        type=float,
        default=0.0,
        help="share of layers whose instruments are cut out, which leaves hands that hold nothing",
    )
    parser.add_argument(
        "--degrade", action="store_true", help="blur, noise and JPEG at random, as cameras do"
    )
    parser.add_argument("--seed", type=whole("[0, inf)"), default=0)
    args = parser.parse_args()
    try:
        builder = compose(args)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    ignored = sum(row["iscrowd"] for row in builder.annotations)
    print(
        f"{args.out}: {len(builder.images)} pictures, "
        f"{len(builder.annotations) - ignored} instruments, {ignored} to ignore"
    )
    return 0


def compose(args: argparse.Namespace) -> Any:
    """Write pictures, then the labels; returns the builder of the labels.

    Raises:
        InputError: an option, the data, a folder of photographs or ``--out`` cannot be used.
    """
    from surgtools.annotations.coco import CocoBuilder
    from surgtools.annotations.taxonomies import carry_taxonomy, find_taxonomy
    from surgtools.dataset_folder import annotation_file

    ann_file = annotation_file(args.out, args.split)
    if ann_file.exists():
        raise InputError(f"{ann_file}: is there already; choose another --out")
    if args.num < 0 or min(args.size) < 32:
        raise InputError("--num counts from 0 and --size from 32 pixels; give larger ones")
    if args.counts and (min(args.counts) < 0 or not 0 < sum(args.counts) < float("inf")):
        raise InputError(f"--counts {args.counts}: numbers from 0 on are expected, one above 0")
    shortest, longest = args.extent
    if not 0 < shortest <= longest < float("inf"):
        raise InputError(f"--extent {shortest:g} {longest:g}: 0 < MIN <= MAX is expected")
    for name in ("light", "emptied"):
        if not 0 <= (share := getattr(args, name)) <= 1:
            raise InputError(f"--{name} {share:g}: a share from 0 to 1 is expected")
    taxonomy = find_taxonomy(args.data)[0]
    builder = CocoBuilder(
        {"composed_from": str(args.data), "seed": args.seed}, taxonomy.categories
    )
    samples = open_samples(args, taxonomy) if args.num else []
    folder = ann_file.parent / "images"
    for number, index in enumerate(shuffled(len(samples), args.num, args.seed)):
        add_frame(builder, taxonomy, samples[index], folder / f"composed_{number:06d}.jpg")
    if args.empty:
        add_empty(builder, args.empty, folder)
    builder.write(ann_file)
    if note := carry_taxonomy([args.data], args.out):
        print(note)
    return builder


def open_samples(args: argparse.Namespace, taxonomy: Any) -> Any:
    """A dataset whose items are composed frames, long enough for every frame to be another."""
    from mmengine.registry import init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.datasets import ComposedDetDataset

    init_default_scope("mmdet")
    layers = dict(
        type="ComposeFrame",
        size=tuple(args.size),
        photographs=args.backgrounds,
        extent=tuple(args.extent),
        emptied_prob=args.emptied,
    )
    if args.counts:
        layers["count_weights"] = tuple(args.counts)
    degrade = [dict(type="RandomDegrade")] if args.degrade else []
    samples = ComposedDetDataset(
        data_root=str(args.data),
        ann_file=f"{args.split}/coco_keypoints.json",
        data_prefix={"img": f"{args.split}/images/"},
        taxonomy=taxonomy.to_dict(),
        length=args.num,
        num_companions=max(4, len(args.counts or ()) - 2),
        pipeline=[layers, dict(type="TheatreLight", prob=args.light), *degrade],
    )
    samples.set_epoch(args.seed, 0)
    return samples


def shuffled(length: int, num: int, seed: int) -> np.ndarray:
    """``num`` indices in random order: which pictures come first must not follow the file."""
    return np.random.default_rng(seed).permutation(max(length, num))[:num]


def add_frame(builder: Any, taxonomy: Any, sample: dict, path: Path) -> None:
    """One composed frame and its labels."""
    from surgtools.prediction.image_writer import write_image

    image = sample["img"]
    height, width = image.shape[:2]
    write_image(path, image, quality=92)
    image_id = builder.add_image(path.name, width, height)
    for box, label, ignore, keypoints in zip(
        sample["gt_bboxes"].tensor.numpy().tolist(),
        sample["gt_bboxes_labels"],
        sample["gt_ignore_flags"],
        sample["gt_keypoints"],
        strict=True,
    ):
        category_id = taxonomy.category_of(int(label))
        x1, y1, x2, y2 = box
        builder.add_annotation(
            image_id,
            category_id,
            taxonomy.from_union(keypoints[None], category_id)[0],
            (x1, y1, x2 - x1, y2 - y1),
            iscrowd=int(ignore),
        )


def add_empty(builder: Any, photographs: str, folder: Path) -> None:
    """Copies of photographs, with their size and nothing else."""
    from surgtools.files import write_whole
    from surgtools.images import read_image, require_pictures

    for number, path in enumerate(require_pictures(photographs)):
        height, width = read_image(path).shape[:2]
        name = f"empty_{number:06d}{path.suffix.lower()}"
        with write_whole(folder / name) as part:
            shutil.copyfile(path, part)
        builder.add_image(name, width, height)


if __name__ == "__main__":
    sys.exit(main())
