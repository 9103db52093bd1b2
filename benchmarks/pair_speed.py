"""Processor seconds a frame of several pairs, as pictures and as video, in one run.

python benchmarks/pair_speed.py PICTURES --pairs accurate general --rounds 2

PICTURES is a folder of frames of one size. Each pair looks at them with the defaults of `predict`:
once as pictures, and once as a clip that is made of them. Where PICTURES is a video, its first
frames are looked at, once as they are by default and once without the memory of refused boxes. The
pairs take turns, so that a machine that slows down slows down all of them. Reading the files is
part of the time.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2  # noqa: E402

from surgtools.errors import InputError  # noqa: E402


def main() -> int:
    """Look at everything in turn, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="folder of frames of one size")
    parser.add_argument("--pairs", nargs="+", default=["accurate", "general"])
    parser.add_argument("--frames", type=int, default=7, help="how many of them")
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    try:
        with TemporaryDirectory() as folder:
            compare(args, Path(folder))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def compare(args: argparse.Namespace, folder: Path) -> None:
    """Print median processor seconds a frame of each pair in both modes, and what was found."""
    from surgtools.prediction import Inferencer
    from surgtools.prediction.over_time import VideoSettings

    modes = of_video(args) if args.pictures.is_file() else of_pictures(args, folder)
    pairs = {name: Inferencer(models=name, device="cpu") for name in args.pairs}
    sources, _ = next(iter(modes.values()))
    for inferencer in pairs.values():  # the first call of a network is slower
        list(inferencer(sources[:1], video=VideoSettings(max_frames=1)))
    spent: dict[tuple[str, str], list[float]] = {}
    found: dict[tuple[str, str], int] = {}
    for _ in range(args.rounds):
        for mode, (sources, video) in modes.items():
            for name, inferencer in pairs.items():
                start = time.process_time()
                results = list(inferencer(sources, video=video))
                if not results:
                    raise InputError(f"{args.pictures}: no frame can be read; give another")
                seconds = (time.process_time() - start) / len(results)
                spent.setdefault((mode, name), []).append(seconds)
                found[mode, name] = sum(map(len, results))
                width, height = results[0].width, results[0].height
    first = args.pairs[0]
    for (mode, name), seconds in spent.items():
        ratio = median(seconds) / median(spent[mode, first])
        print(
            f"{mode}, {name}: {median(seconds):.2f} processor seconds a frame of "
            f"{width}x{height}, {ratio:.2f} of {first}; {found[mode, name]} instances in "
            f"{len(results)} frames"
        )


def of_pictures(args: argparse.Namespace, folder: Path) -> dict:
    """What is looked at by the name of the mode, and how: frames, and a clip of them."""
    from surgtools.images import read_image, require_pictures

    files = require_pictures(args.pictures)[: args.frames]
    frames = [read_image(file) for file in files]
    if len({frame.shape for frame in frames}) != 1:
        raise InputError(f"{args.pictures}: holds no frames, or frames of several sizes")
    clip = folder / "clip.mp4"
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"mp4v"), 25, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return {"pictures": ([str(file) for file in files], None), "video": ([str(clip)], None)}


def of_video(args: argparse.Namespace) -> dict:
    """The same of a video: with the memory of refused boxes, and without."""
    from surgtools.prediction.over_time import VideoSettings

    clip, most = [str(args.pictures)], args.frames
    return {
        "video": (clip, VideoSettings(max_frames=most)),
        "video, all boxes": (clip, VideoSettings(max_frames=most, refused_for=1)),
    }


if __name__ == "__main__":
    sys.exit(main())
