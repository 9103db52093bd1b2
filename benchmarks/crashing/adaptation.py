"""Two small networks and two drawn domains: in them ``adapt`` learns something in a minute."""

import subprocess
import sys
from pathlib import Path

from drawn_domains import SOURCE, TARGET, write_split

CONFIGS = Path(__file__).resolve().parents[1] / "toy_configs"


def prepare_adaptation(folder: Path, pictures: int = 48, epochs: int = 10) -> None:
    """Draw ``source`` and ``target``, train ``pair/detector`` and ``pair/pose`` on the source."""
    for domain, look, seed in (("source", SOURCE, 1), ("target", TARGET, 2)):
        for part, count in (("train", pictures), ("val", 12)):
            if not (folder / domain / part).exists():
                write_split(folder / domain / part, count, look, seed)
    for name in ("detector", "pose"):
        work_dir = folder / "pair" / name
        if any(work_dir.glob("best_*.pth")):
            continue
        words = ["train", CONFIGS / f"{name}.py", "--data", folder / "source", "--seed", 1]
        words += ["--work-dir", work_dir, "--epochs", epochs, "--resume", "--cfg-options"]
        words += [
            f"{loader}.{setting}"
            for loader in ("train_dataloader", "val_dataloader")
            for setting in ("num_workers=0", "persistent_workers=False")
        ]
        command = [sys.executable, "-m", "surgtools", *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
