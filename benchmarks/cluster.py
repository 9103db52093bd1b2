"""``--engine ray`` beside workers of this machine: the same files, whatever dies, and its price.

The cluster is a head without processors and two nodes of one, all on this machine. ``generate``
renders and ``predict`` looks at drawn inputs, each of them

- here, with two local workers (``predict``: in one process of two threads),
- on the cluster, undisturbed,
- on the cluster, with one of two nodes killed when a third of the files is there,
- on the cluster once more, which must do nothing.

Files are counted and compared byte for byte, times of day in predictions.json and the coding of
drawn clips aside.

``data suggest`` and ``adapt`` have their pictures looked at by the cluster and leave nothing half
done. They run here, on the cluster, and with a node killed after a third of that time; the
suggested pictures, and the adapted weights, must be the same.

    python benchmarks/cluster.py --renders 200 --pictures 200
    python benchmarks/cluster.py --renders 0 --pictures 0 --clips 0 --suggest 60 --adapt

It needs ray (``pip install '.[ray]'``).
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from crashing.adaptation import prepare_adaptation  # noqa: E402
from crashing.jobs import JOBS  # noqa: E402
from killed_predict import draw_inputs  # noqa: E402

PATIENCE_S = 1800.0
"""A command that takes longer hangs."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--renders", type=int, default=200, help="frames to render [200]")
    parser.add_argument("--pictures", type=int, default=200, help="pictures to look at [200]")
    parser.add_argument("--clips", type=int, default=5)
    parser.add_argument("--models", default="fast", help="of predict [fast]")
    parser.add_argument("--preset", default="plain", help="of the renders [plain]")
    parser.add_argument("--resolution", default="96x72", help="of the renders [96x72]")
    parser.add_argument("--suggest", type=int, default=0, help="pictures for data suggest [0]")
    parser.add_argument("--adapt", action="store_true", help="have adapt's labels made there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        draw_inputs(home / "in", args.pictures, args.clips, np.random.default_rng(0))
        jobs = {
            "generate": lambda out, *more: [
                *("generate", args.preset, "--out-dir", out, "--num", args.renders, "--no-card"),
                *("--seed", 5, "--samples", 1, "--resolution", args.resolution, *more),
            ],
            "predict": lambda out, *more: [
                *("predict", home / "in", "--out-dir", out, "--models", args.models, "--no-tta"),
                *("--device", "cpu", *more),
            ],
        }
        counts = {"generate": args.renders, "predict": args.pictures + args.clips}
        print("| command | files | local, s | cluster, s | node killed, s | again, s | same |")
        print("|---|---|---|---|---|---|---|", flush=True)
        wrong = 0
        for name, words in jobs.items():
            if counts[name]:
                wrong += not compare(name, words, home / name, counts[name])
        if args.suggest:
            draw_inputs(home / "many", args.suggest, 0, np.random.default_rng(1))
            suggest = ["data", "suggest", home / "many", "--count", args.suggest // 3]
            suggest += ["--models", args.models, "--device", "cpu", "--out-dir"]
            wrong += not compare_whole("suggest", suggest, home / "suggested", files)
        if args.adapt:
            prepare_adaptation(home / "adapt")
            job = JOBS["adapt"]
            words = job.words(home, home / "out")
            at = words.index("--out-dir")
            words = [*words[:at], *words[at + 2 :], "--device", "cpu", "--out-dir"]
            weights = lambda out: job.facts(out.parent)  # noqa: E731
            wrong += not compare_whole("adapt", words, home / "adapted", weights, job.codes)
    return bool(wrong)


def compare(name: str, words: Callable[..., list], home: Path, count: int) -> bool:
    """Run a command all four ways and print one row."""
    local = ("--workers", 2) if name == "generate" else ()
    here, there, lost = home / "here", home / "there", home / "lost"
    seconds = [run(words(here, *local))]
    with Cluster() as cluster:
        seconds.append(run(words(there, "--engine", "ray"), cluster))
    with Cluster() as cluster:
        killer = threading.Thread(target=cluster.kill_at, args=(name, lost, count // 3))
        killer.start()
        seconds.append(run(words(lost, "--engine", "ray"), cluster))
        cluster.is_done.set()
        killer.join()
        before = states(lost)
        seconds.append(run(words(lost, "--engine", "ray"), cluster))
    same = files(here) == files(there) == files(lost)
    idle = states(lost) == before
    done = done_files(name, lost)
    print(
        f"| {name} | {done} of {count}, {len(files(lost))} in all | "
        + " | ".join(f"{s:.0f}" for s in seconds)
        + f" | {same}, killed {cluster.killed}, second run wrote nothing: {idle} |",
        flush=True,
    )
    return same and idle and done == count and cluster.killed


def compare_whole(
    name: str, words: list, home: Path, facts: Callable[[Path], object], codes: tuple = (0,)
) -> bool:
    """Run a command that leaves nothing half done three ways and print one row.

    Args:
        words: to which the output folder is added.
        facts: what must be the same, of an output folder.
    """
    here, there, lost = (home / which / "a" for which in ("here", "there", "lost"))
    seconds = [run([*words, here], None, codes)]
    with Cluster() as cluster:
        seconds.append(run([*words, there, "--engine", "ray"], cluster, codes))
    with Cluster() as cluster:
        killer = threading.Thread(target=cluster.kill_after, args=(min(seconds) / 3,))
        killer.start()
        seconds.append(run([*words, lost, "--engine", "ray"], cluster, codes))
        cluster.is_done.set()
        killer.join()
    right = facts(here)
    same = bool(right) and right == facts(there) == facts(lost)
    print(
        f"| {name} | | {' | '.join(f'{s:.0f}' for s in seconds)} | | {same}, killed "
        f"{cluster.killed} |",
        flush=True,
    )
    return same and cluster.killed


class Cluster:
    """A head without processors and two nodes of one processor each.

    Attributes:
        killed: one of the nodes was.
        is_done: set when there is nothing more to disturb.
    """

    def __enter__(self) -> "Cluster":
        os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # of a busy machine
        from ray.cluster_utils import Cluster as RayCluster

        self.killed, self.is_done = False, threading.Event()
        self._cluster = RayCluster(initialize_head=True, head_node_args={"num_cpus": 0})
        self._nodes = [self._cluster.add_node(num_cpus=1) for _ in range(2)]
        self.address = self._cluster.address
        return self

    def __exit__(self, *_: object) -> None:
        self.is_done.set()
        self._cluster.shutdown()

    def kill_at(self, name: str, out: Path, count: int) -> None:
        """Kill a node as soon as so many files are there."""
        while done_files(name, out) < count:
            if self.is_done.wait(0.1):
                return
        self._kill()

    def kill_after(self, seconds: float) -> None:
        """Kill a node after that time."""
        if not self.is_done.wait(seconds):
            self._kill()

    def _kill(self) -> None:
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)
        self.killed = True


def run(words: list, cluster: Cluster | None = None, codes: tuple = (0,)) -> float:
    """Seconds that a command takes, which ends with one of the codes."""
    quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONPATH": str(ROOT)}
    address = {"RAY_ADDRESS": cluster.address} if cluster else {}
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "surgtools", *map(str, words)],
            env={**os.environ, **quiet, **address},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired as error:
        said = b"".join(filter(None, (error.stdout, error.stderr)))[-900:].decode(errors="replace")
        raise RuntimeError(f"{words}: not done after {PATIENCE_S:.0f} s: {said}") from None
    if done.returncode not in codes:
        said = done.stdout[-900:] + done.stderr[-900:]
        raise RuntimeError(f"{words}: code {done.returncode}: {said}")
    return time.perf_counter() - start


def done_files(name: str, out: Path) -> int:
    """How many inputs or frames are done: counted on the disk."""
    pattern = "train/.frames/*.json" if name == "generate" else ".predictions/*/??/*.json"
    return sum(1 for _ in out.glob(pattern))


def files(out: Path) -> dict[str, str]:
    """Digest of every file for people; of predictions.json without time, folder and engine.

    Of a drawn clip only that it is there: the threads of x264 share the bits out as they come.
    """
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not name.startswith("."):
            content = b"" if path.suffix == ".mp4" else path.read_bytes()
            if path.name == "predictions.json":
                content = re.sub(rb'^\{"meta_info".*\n', b"", content)
            found[name] = hashlib.sha256(content).hexdigest()
    return found


def states(out: Path) -> dict[Path, int]:
    """When each file was written; ``generate`` joins its labels each time."""
    paths = (p for p in out.rglob("*") if p.is_file() and p.name != "coco_keypoints.json")
    return {path: path.stat().st_mtime_ns for path in paths}


if __name__ == "__main__":
    sys.exit(main())
