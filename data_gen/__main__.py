"""The generator's process: ``python -m data_gen REQUEST`` with a request as JSON.

``surgtools generate`` parses the command line and starts it; ``blenderproc run
data_gen/__main__.py REQUEST`` works as well.
"""

import importlib.util
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    # Libraries make errors of their own of a Ctrl-C amid their import: it waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError, lack_of_machine  # noqa: E402


class Progress:
    """Progress: one line that renews itself on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._last = -1e9

    def __call__(self, done: int, total: int, reused: int) -> None:
        now = time.monotonic()
        tty = sys.stdout.isatty()
        if done == reused and reused:
            print(f"{reused} of {total} frames are there already and are reused", flush=True)
        if done < total and now - self._last < (0.5 if tty else 10):
            return
        self._last = now
        text = f"{done}/{total} frames"
        if done > reused:
            rate = (done - reused) / (now - self._start)
            left = (total - done) / rate
            text += f", {rate:.2f} images/s, {left // 60:.0f} min {left % 60:02.0f} s left"
        print(f"\r\x1b[K{text}" if tty else text, end="" if tty and done < total else "\n")
        sys.stdout.flush()


def main(request: dict) -> int:
    """Run one request and return the exit code; end when the process that asked for it ends."""
    parent = request.pop("parent", None)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        looks = request["task"] == "card" or request.get("labels_only")
        if importlib.util.find_spec("bpy") is None and not looks:
            raise InputError(
                "Blender's module bpy is missing; `pip install '.[generator]'` in the folder of "
                "the checkout brings it"
            )
        return _TASKS[request.pop("task")](**request)
    except InputError as error:
        print(f"surgtools generate: {error}", file=sys.stderr)
        return 2
    except (OSError, MemoryError, ImportError, RuntimeError) as error:
        lack = lack_of_machine(error)
        if lack is None:
            raise
        print(f"surgtools generate: {lack}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("surgtools generate: interrupted; start again to go on", file=sys.stderr)
        return 130


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _frames(
    workers: int,
    card: bool = True,
    rig: int = 0,
    rig_angle: float = 30.0,
    engine: str = "local",
    **fields,
) -> int:
    from data_gen.job import Job, at_camera_resolution
    from data_gen.run import run_job

    _take_interrupts()
    fields["shard"] = tuple(fields["shard"])
    fields["models"] = tuple(fields["models"])
    job = at_camera_resolution(Job(**fields))
    for each in _jobs_of_views(job, rig, rig_angle) if rig else [job]:
        path = run_job(each, workers, Progress(), engine)
        print(f"wrote {path}")
        if card and not each.labels_only:
            _card(each.folder)
    return 0


def _take_interrupts() -> None:
    """Raises KeyboardInterrupt where one has waited."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def _jobs_of_views(job, rig: int, angle: float) -> list:
    """One job for each camera, and the file of where they stand.

    The file is written last: one that lies there belongs to pictures until nothing is refused.
    """
    from dataclasses import replace

    from data_gen.camera import load_camera
    from data_gen.camera_rig import require_same_rig, views_of, write_camera_rig
    from data_gen.job import check_job, claim_folder
    from data_gen.presets import load_preset

    if job.camera is None:
        raise InputError("--rig needs --camera JSON, the intrinsics of its cameras")
    ranges = load_preset(job.preset, job.overrides)
    views = views_of(rig, angle, sum(ranges["camera"]["distance"]) / 2)
    camera = load_camera(job.camera).resized(*ranges["resolution"])
    jobs = [replace(job, out=str(Path(job.out) / v.name), view=v) for v in views]
    for each in jobs:
        check_job(each)
    file = Path(job.out) / "rig.toml"
    require_same_rig(file, views, camera)
    for each in jobs:
        claim_folder(each)
    write_camera_rig(file, views, camera)
    return jobs


def _card(folder: str) -> int:
    from data_gen.card import write_card

    _take_interrupts()
    print(f"wrote {write_card(Path(folder))}")
    return 0


def _inspect(model: str, taxonomy: str | None = None, skeleton: str | None = None) -> int:
    from data_gen.instruments.imported import inspect_model
    from data_gen.instruments.skeleton import write_skeleton
    from surgtools.taxonomy import SURGICAL
    from surgtools.taxonomy.files import read_taxonomy

    _take_interrupts()
    labelled = read_taxonomy(taxonomy) if taxonomy else SURGICAL
    print(inspect_model(Path(model), labelled))
    if skeleton is not None:
        print(write_skeleton(model, skeleton, labelled))
    return 0


def _verify(preset: str, num: int, seed: int, overrides: dict) -> int:
    from data_gen import blender
    from data_gen.presets import load_preset, to_namespace
    from data_gen.verify import verify_labels

    _take_interrupts()
    ranges = to_namespace(load_preset(preset, overrides))
    blender.start_blender(threads=1)
    print(verify_labels(ranges, num, seed))
    return 0


_TASKS = {"frames": _frames, "card": _card, "inspect": _inspect, "verify": _verify}

if __name__ == "__main__":
    code = main(json.loads(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the bpy wheel can crash while the interpreter is taken down
