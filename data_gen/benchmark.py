"""How fast the generator is: against a plain BlenderProc loop, over workers, and as sets grow.

    python -m data_gen.benchmark --out DIR --growth 50 400

Both draw the same scenes at the same resolution. The plain loop is what BlenderProc's examples do:
one process with all cores, 96 samples, no denoising, BlenderProc's own defaults for the rest.
Whether the time grows in proportion to the number of images does not depend on their size, so the
growth is measured on small ones.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from surgtools.files import write_json

_PLAIN_SAMPLES = 96


def main() -> None:
    """Measure, print a table, write ``benchmark.json`` and both pictures of the first scene."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path, help="an empty folder")
    parser.add_argument("--preset", default="tabletop")
    parser.add_argument("--resolution", type=int, nargs=2, default=(960, 544))
    parser.add_argument("--frames", type=int, default=10, help="frames per worker of ours")
    parser.add_argument("--plain-frames", type=int, default=4)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--growth", type=int, nargs="*", default=[], help="dataset sizes to time")
    parser.add_argument("--growth-resolution", type=int, nargs=2, default=(240, 136))
    parser.add_argument("--plain-only", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.plain_only:
        plain_loop(args.out, args.preset, list(args.resolution), args.plain_frames)
        _leave()
    if args.out.exists() and any(args.out.iterdir()):
        raise SystemExit(f"{args.out}: is not empty; frames that are there would not be timed")
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
    ours = [
        measure_workers(args, args.resolution, count, args.frames * count)
        for count in args.workers
    ]
    first = args.workers[0]
    show_both(args.out, run_folder(args.out, args.resolution, first, first * args.frames))
    growth = [
        measure_workers(args, args.growth_resolution, max(args.workers), num)
        for num in args.growth
    ]
    return {
        "preset": args.preset,
        "resolution": list(args.resolution),
        "growth_resolution": list(args.growth_resolution),
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
    from data_gen.assets import Assets
    from data_gen.presets import load_preset, to_namespace
    from data_gen.scene import sample_scene
    from data_gen.stage import build_stage

    ranges = to_namespace(load_preset(preset, {"resolution": resolution}))
    scene = sample_scene(np.random.default_rng([0, 0, index]), ranges, Assets())
    build_stage(scene)


def measure_workers(
    args: argparse.Namespace, resolution: list[int], workers: int, num: int
) -> dict:
    """Time a whole run of ``num`` frames, start-up and joining included."""
    folder = run_folder(args.out, resolution, workers, num)
    request = {
        "task": "frames",
        "preset": args.preset,
        "out": str(folder),
        "num": num,
        "workers": workers,
        "shard": [1, 1],
        "models": [],
        "card": False,
        "overrides": {"resolution": list(resolution)},
    }
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "data_gen", json.dumps(request)])
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, largest_child(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(process.returncode)
    seconds = time.perf_counter() - started
    done = sorted(path.stat().st_mtime for path in (folder / "train/.frames").glob("*.json"))
    return {
        "workers": workers,
        "frames": num,
        "seconds": seconds,
        "seconds_per_image": seconds / num,
        "memory_mb": memory,
        "slowdown": slowdown(np.array(done)),
    }


def run_folder(out: Path, resolution: list[int], workers: int, num: int) -> Path:
    """Where a run of ours goes; no two runs of a benchmark share one, or frames were reused."""
    return out / f"ours-{_size(resolution)}-{workers}-{num}"


def largest_child(pid: int) -> float:
    """Peak memory in MB of the largest child process so far: a worker."""
    peaks = [0.0]
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            status = Path(f"/proc/{child}/status").read_text()
            peaks += [
                int(line.split()[1]) / 1024
                for line in status.splitlines()
                if line.startswith("VmHWM:")
            ]
    except (FileNotFoundError, ProcessLookupError):
        pass  # it ended while it was looked at
    return max(peaks)


def slowdown(done: np.ndarray) -> float:
    """Time of the last quarter of a run's frames over that of the second quarter; 1 is linear.

    Args:
        done: (N,) ascending times at which frames were finished. The first quarter is left out,
            it holds the start of the workers.
    """
    count = len(done) // 4
    second = done[2 * count] - done[count]
    return float((done[-1] - done[-1 - count]) / max(second, 1e-9))


def show_both(out: Path, ours: Path) -> None:
    """Write ``both.png``, the first scene by the plain loop (left) and by us."""
    plain = cv2.imread(str(out / "plain.png"))
    first = cv2.imread(str(ours / "train" / "images" / "000000.jpg"))
    cv2.imwrite(str(out / "both.png"), np.hstack([plain, first]))


def report_lines(report: dict) -> list[str]:
    """The figures in words; scaling is the speed over workers times the first row's per worker."""
    plain = report["plain"]["seconds_per_image"]
    lines = [
        f"{report['preset']} at {_size(report['resolution'])}, {report['cores']} cores",
        f"plain loop, {_PLAIN_SAMPLES} samples: {plain:.2f} s/image",
    ]
    base = report["ours"][0]
    for row in report["ours"]:
        each, workers = row["seconds_per_image"], row["workers"]
        scaling = base["seconds_per_image"] * base["workers"] / (each * workers)
        lines.append(
            f"ours, {workers} workers, {row['frames']} frames: {each:.2f} s/image, "
            f"{plain / each:.1f}x plain, {scaling:.2f} n, {row['memory_mb']:.0f} MB a worker, "
            f"10,000 images in {each * 10000 / 3600:.1f} h "
            f"({each * min(workers, report['cores']) * 10000 / 3600:.1f} core hours)"
        )
    if report["growth"]:
        lines.append(
            f"growth at {_size(report['growth_resolution'])}, "
            f"{report['growth'][0]['workers']} workers:"
        )
    for row in report["growth"]:
        lines.append(
            f"{row['frames']} frames: {row['seconds']:.1f} s, {row['seconds_per_image']:.3f} "
            f"s/image, last quarter {row['slowdown']:.2f}x the second, "
            f"{row['memory_mb']:.0f} MB a worker"
        )
    if len(report["growth"]) > 1:
        numbers = [row["frames"] for row in report["growth"]]
        slope, start = np.polyfit(numbers, [row["seconds"] for row in report["growth"]], 1)
        lines.append(f"seconds of n images: {start:.1f} + {slope:.3f} n")
    return lines


def _size(resolution: list[int]) -> str:
    return f"{resolution[0]}x{resolution[1]}"


def _leave() -> None:
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel can crash while the interpreter is taken down


if __name__ == "__main__":
    main()
