"""How fast the generator is, against a plain BlenderProc loop and over workers.

    python -m data_gen.benchmark --out DIR

Both draw the same scenes at the same resolution. The plain loop is what BlenderProc's examples do:
one process with all cores, 96 samples, no denoising, BlenderProc's own defaults for the rest.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import cv2

from surgtools.files import write_json

_PLAIN_SAMPLES = 96


def main() -> None:
    """Measure, print a table, write ``benchmark.json`` and both pictures of the first scene."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--preset", default="tabletop")
    parser.add_argument("--resolution", type=int, nargs=2, default=(960, 544))
    parser.add_argument("--frames", type=int, default=16, help="frames per worker of ours")
    parser.add_argument("--plain-frames", type=int, default=4)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--growth", type=int, nargs="*", default=[], help="dataset sizes to time")
    parser.add_argument("--plain-only", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.plain_only:
        plain_loop(args.out, args.preset, list(args.resolution), args.plain_frames)
        _leave()
    report = measure_all(args)
    write_json(args.out / "benchmark.json", report, indent=1)
    print("\n".join(report_lines(report)))
    _leave()


def measure_all(args: argparse.Namespace) -> dict:
    """Run everything one after the other; times in seconds, memory in MB."""
    words = [f"--preset={args.preset}", "--resolution", *map(str, args.resolution)]
    words += ["--plain-frames", str(args.plain_frames), "--plain-only", "--out", str(args.out)]
    subprocess.run([sys.executable, "-m", "data_gen.benchmark", *words], check=True)
    plain = json.loads((args.out / "plain.json").read_text())
    ours = [measure_workers(args, count, args.frames * count) for count in args.workers]
    growth = [measure_workers(args, max(args.workers), num) for num in args.growth]
    return {
        "resolution": list(args.resolution),
        "cores": os.cpu_count(),
        "plain": plain,
        "ours": ours,
        "growth": growth,
    }


def plain_loop(out: Path, preset: str, resolution: list[int], num: int) -> None:
    """Render scenes as BlenderProc's examples do and write ``plain.json``."""
    from data_gen import blender  # isort: skip  it prepares the import of BlenderProc
    from blenderproc.python.camera import CameraUtility
    from blenderproc.python.renderer import RendererUtility
    from blenderproc.python.utility.Utility import reset_keyframes

    blender.start_blenderproc()
    RendererUtility.set_cpu_threads(0)
    RendererUtility.set_denoiser(None)
    RendererUtility.set_noise_threshold(0)
    RendererUtility.set_max_amount_of_samples(_PLAIN_SAMPLES)
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    for index in range(num):
        _stage_scene(preset, resolution, index)
        with blender.silence():
            pose = blender.bpy.context.scene.camera.matrix_world
            reset_keyframes()
            CameraUtility.add_camera_pose(pose)
            images = RendererUtility.render(output_dir=str(out / "plain"), verbose=False)
        if index == 0:
            cv2.imwrite(str(out / "plain.png"), images["colors"][0][..., 2::-1])
    seconds = (time.perf_counter() - started) / num
    write_json(out / "plain.json", {"samples": _PLAIN_SAMPLES, "seconds_per_image": seconds})


def _stage_scene(preset: str, resolution: list[int], index: int) -> None:
    """Sample the scene of a frame as ``frame.make_frame`` does, and put it on the stage."""
    import numpy as np

    from data_gen.assets import Assets
    from data_gen.presets import load_preset, to_namespace
    from data_gen.scene import sample_scene
    from data_gen.stage import build_stage

    ranges = to_namespace(load_preset(preset, {"resolution": resolution}))
    scene = sample_scene(np.random.default_rng([0, 0, index]), ranges, Assets())
    build_stage(scene)


def measure_workers(args: argparse.Namespace, workers: int, num: int) -> dict:
    """Time a whole run of ``num`` frames, start-up and joining included."""
    folder = args.out / f"ours-{workers}-{num}"
    request = {
        "task": "frames",
        "preset": args.preset,
        "out": str(folder),
        "num": num,
        "workers": workers,
        "shard": [1, 1],
        "models": [],
        "card": False,
        "overrides": {"resolution": list(args.resolution)},
    }
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "data_gen", json.dumps(request)], check=True)
    seconds = time.perf_counter() - started
    first = cv2.imread(str(folder / "train" / "images" / "000000.jpg"))
    cv2.imwrite(str(args.out / "ours.png"), first)
    return {
        "workers": workers,
        "frames": num,
        "seconds": seconds,
        "seconds_per_image": seconds / num,
        # The largest of all processes so far: a worker.
        "memory_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def report_lines(report: dict) -> list[str]:
    """The table; scaling is the speed over workers times the first row's speed per worker."""
    plain = report["plain"]["seconds_per_image"]
    width, height = report["resolution"]
    lines = [
        f"{width}x{height}, {report['cores']} cores",
        f"plain loop, {_PLAIN_SAMPLES} samples: {plain:.2f} s/image",
    ]
    base = report["ours"][0]
    for row in [*report["ours"], *report["growth"]]:
        rate = 1 / row["seconds_per_image"]
        scaling = rate * base["seconds_per_image"] * base["workers"] / row["workers"]
        lines.append(
            f"ours, {row['workers']} workers, {row['frames']} frames: "
            f"{row['seconds_per_image']:.2f} s/image, {plain * rate:.1f}x plain, "
            f"{scaling:.2f} of linear, {row['memory_mb']:.0f} MB a worker, "
            f"10,000 images in {row['seconds_per_image'] * 10000 / 3600:.1f} h"
        )
    return lines


def _leave() -> None:
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel can crash while the interpreter is taken down


if __name__ == "__main__":
    main()
