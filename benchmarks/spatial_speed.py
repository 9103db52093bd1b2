"""What measuring in space costs predict: frames a second with it and without it.

python benchmarks/spatial_speed.py --out OUT [--models accurate] [--clips 3]

Both are taken from the same pass over rendered clips: what the networks, the reading and the
tracking take, and what the fits take. Processor time is counted, so that a busy machine changes
nothing. The fits run in the thread that waits for the networks, hence with more than one core the
clock loses no more than that.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_scenes import make_scenes, surgtools, write_settings  # noqa: E402
from surgtools.files import write_json  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=3)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    clips = sorted((args.out / "clips/test").glob("clip_*.mp4"))[: args.clips]
    if len(clips) < args.clips:
        folder = make_scenes(args.out, "clips", 6 * args.clips, 2201, "--video", 6)
        clips = sorted(folder.glob("clip_*.mp4"))[: args.clips]
    paths = write_settings(args.out)
    for name in ("holder", "tweezers"):
        if not (args.out / f"{name}.json").exists():
            surgtools("generate", "inspect", paths[name], "--skeleton", args.out / f"{name}.json")
    answer = measure(args.models, clips, paths["camera"], args.out)
    write_json(args.out / f"speed_{args.models}.json", answer, indent=1)
    print(json.dumps(answer, indent=1))


def measure(models: str, clips: list[Path], camera: Path, out: Path) -> dict:
    """Processor seconds of both parts."""
    from surgtools.camera import read_camera
    from surgtools.prediction.inferencer import Inferencer
    from surgtools.spatial.instrument_model import read_spatial_model
    from surgtools.spatial.space import Space

    inferencer = Inferencer(models=models, device="cpu")
    list(inferencer([str(clips[0])]))  # what is made once is made now
    known = [read_spatial_model(out / f"{name}.json") for name in ("holder", "tweezers")]
    space = Space(read_camera(camera), known, inferencer.predictor.taxonomy)
    frames = instances = 0
    in_space = 0.0
    start = time.process_time()
    for result in inferencer([str(clip) for clip in clips]):
        before = time.thread_time()
        space.measure(result)
        in_space += time.thread_time() - before
        frames, instances = frames + 1, instances + len(result)
    whole = time.process_time() - start
    without = whole - in_space
    return {
        "frames": frames,
        "instances": instances,
        "without_s": round(without, 2),
        "in_space_s": round(in_space, 3),
        "ms_per_instance": round(1000 * in_space / max(instances, 1), 2),
        "frames_per_processor_second_without": round(frames / without, 3),
        "frames_per_processor_second_with": round(frames / whole, 3),
        "speed_of_without": round(without / whole, 3),
    }


if __name__ == "__main__":
    main()
