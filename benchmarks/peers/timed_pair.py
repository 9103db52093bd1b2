"""Our detector and pose model, trained from random weights within a given time.

How long an epoch takes is measured first, on the same machine and data; that does not count. The
number of epochs then follows, so that the learning rate comes down to its end within the time.
On a CPU training is in mixed precision, which the peer has on GPUs only; there neither uses it.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from kept import read_kept
from timed import measured

from surgtools.errors import InputError
from surgtools.files import read_json, write_json

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = {
    "detector": ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py",
    "pose": ROOT / "configs/pose/rtmpose-s_60e_instruments-256x256.py",
}
RESERVE = 0.03
"""Share of the time that is not planned."""

DETECTOR_THR = 0.1
"""Boxes below this score are not posed: a detector that learned little makes many, and each costs
a crop. Joined with presence they stay below the default score."""


@dataclass(frozen=True)
class PairSettings:
    """How the pair is trained.

    Attributes:
        device: ``cpu`` or the number of a GPU.
        hours: of both trainings together.
        detector_share: of these hours; the pose model gets what is really left.
        workers: processes that load pictures.
        seed: of both trainings.
    """

    device: str = "cpu"
    hours: float = 0.5
    detector_share: float = 0.5
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Speed:
    """Seconds on the clock: of an epoch, and of everything before and after the epochs."""

    epoch: float
    around: float


def plan_epochs(seconds: float, speed: Speed) -> int:
    """The most epochs that end within the time, with some reserve.

    Raises:
        InputError: there is no time for one.
    """
    epochs = int((seconds * (1 - RESERVE) - speed.around) // speed.epoch)
    if epochs < 1:
        raise InputError(
            f"--hours: an epoch takes {speed.epoch:.0f} s and starting takes {speed.around:.0f} "
            f"s, which {seconds:.0f} s do not hold; give more hours or a smaller dataset"
        )
    return epochs


class TimedPair:
    """Trains and scores with the commands a user has.

    Args:
        folder: gets a folder and a ``NAME.json`` of each network, and ``training.json``.
    """

    def __init__(self, folder: Path, settings: PairSettings) -> None:
        self.folder, self.settings = folder.resolve(), settings

    def train(self, dataset: Path) -> dict:
        """Train both, where that is not done; what ``training.json`` says.

        Returns:
            ``weights`` and ``epochs`` by network, ``minutes`` and ``cpu_minutes`` of both
            together and ``model``.

        Raises:
            InputError: the training that is done was of other data or settings.
        """
        budget = 3600 * self.settings.hours
        detector = self._train_one("detector", dataset, budget * self.settings.detector_share)
        pose = self._train_one("pose", dataset, budget - 60 * detector["minutes"])
        stages = {"detector": detector, "pose": pose}
        report = {
            "model": "RTMDet-tiny, 320x320 + RTMPose-s, 256x256",
            **{k: {n: s[k] for n, s in stages.items()} for k in ("weights", "epochs")},
            **{k: sum(s[k] for s in stages.values()) for k in ("minutes", "cpu_minutes")},
        }
        write_json(self.folder / "training.json", report, indent=1)
        return report

    def score(
        self, weights: dict[str, str], pictures: str, negatives: Path | None, thr: float, out: Path
    ) -> dict:
        """Run ``surgtools test`` of both together, unless just that is done; its report."""
        file = out / "metrics.json"
        scored = file.exists() and file.stat().st_mtime > max(
            Path(path).stat().st_mtime for path in weights.values()
        )
        data = str(Path(pictures).resolve())
        negatives = negatives and str(negatives.resolve())
        asked = {"data": data, "negatives": negatives, "score_thr": thr}
        note = out / "asked.json"
        if scored and note.exists() and read_json(note) == asked:
            return read_json(file)
        detector = [str(CONFIGS["detector"]), weights["detector"]]
        words = [str(CONFIGS["pose"]), weights["pose"], "--detector", *detector]
        words += ["--data", data, "--score-thr", str(thr)]
        words += ["--det-thr", str(DETECTOR_THR), "--no-tta"]  # the peer looks once, too
        words += ["--negatives", negatives] if negatives else []
        self._run("test", *words, "--work-dir", str(out.resolve()))
        write_json(note, asked, indent=1)
        return read_json(file)

    def _train_one(self, name: str, dataset: Path, seconds: float) -> dict:
        done = self.folder / f"{name}.json"
        asked = {"data": str(dataset.resolve()), **asdict(self.settings)}
        if not done.exists():
            epochs = plan_epochs(seconds, self._measure(name, dataset))
            print(f"{name}: {epochs} epochs planned for {seconds / 60:.1f} minutes", flush=True)
            spent = self._run_training(name, dataset, epochs, self.folder / name)
            weights = self.folder / f"{name}.pth"
            shutil.copy(self.folder / name / f"epoch_{epochs}.pth", weights)
            facts = {"weights": str(weights), "epochs": epochs, **spent, "asked": asked}
            write_json(done, facts, indent=1)
        return read_kept(done, asked)

    def _measure(self, name: str, dataset: Path) -> Speed:
        """Train two epochs; from the end of one to the end of the other is an epoch."""
        folder = self.folder / f"{name}_measured"
        spent = self._run_training(name, dataset, 2, folder)
        first, second = (os.stat(folder / f"epoch_{i}.pth").st_mtime for i in (1, 2))
        epoch = second - first
        return Speed(epoch, max(60 * spent["minutes"] - 2 * epoch, 0))

    def _run_training(self, name: str, dataset: Path, epochs: int, folder: Path) -> dict:
        shutil.rmtree(folder, ignore_errors=True)
        words = ["--data", str(dataset.resolve()), "--epochs", str(epochs), "--no-validate"]
        words += ["--amp"] if self.settings.device == "cpu" else []
        words += ["--seed", str(self.settings.seed), "--work-dir", str(folder)]
        words += ["--cfg-options", f"train_dataloader.num_workers={self.settings.workers}"]
        return measured(lambda: self._run("train", str(CONFIGS[name]), *words))

    def _run(self, command: str, *words: str) -> None:
        device = "" if self.settings.device == "cpu" else self.settings.device
        done = subprocess.run(
            [sys.executable, "-m", "surgtools", command, *words],
            cwd=ROOT,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": device},
        )
        if done.returncode:
            raise InputError(f"`surgtools {command}` ended with {done.returncode}; see its output")
