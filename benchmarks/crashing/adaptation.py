"""Two small networks that know their pictures by heart: with them ``adapt`` takes a minute.

The source is scored on the pictures that the networks learned, and the target shows these pictures
darker and brighter, so that there is something to find after minutes of training.
"""

import subprocess
import sys
from pathlib import Path

import cv2
from drawn_domains import SOURCE, write_split

CONFIGS = Path(__file__).resolve().parents[1] / "toy_configs"

BRIGHTNESS = (0.9, 1.1)
"""Of the target's pictures, as a share of the source's."""


def prepare_adaptation(folder: Path, pictures: int = 32, epochs: int = 60) -> None:
    """Draw ``source`` and ``target``, train ``pair/detector`` and ``pair/pose`` on the source."""
    for part in ("train", "val"):
        if not (folder / "source" / part).exists():
            write_split(folder / "source" / part, pictures, SOURCE, 1)
    _draw_target(folder / "source/train/images", folder / "target")
    for name in ("detector", "pose"):
        work_dir = folder / "pair" / name
        if any(work_dir.glob("best_*.pth")):
            continue
        words = ["train", CONFIGS / f"{name}.py", "--data", folder / "source", "--seed", 1]
        words += ["--work-dir", work_dir, "--epochs", epochs, "--resume", "--cfg-options"]
        words += ["train_dataloader.batch_size=8"]
        words += [
            f"{loader}.{setting}"
            for loader in ("train_dataloader", "val_dataloader")
            for setting in ("num_workers=0", "persistent_workers=False")
        ]
        command = [sys.executable, "-m", "surgtools", *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _draw_target(pictures: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for path in sorted(pictures.iterdir()):
        for number, share in enumerate(BRIGHTNESS):
            picture = cv2.convertScaleAbs(cv2.imread(str(path)), alpha=share)
            cv2.imwrite(str(target / f"{path.stem}_{number}.png"), picture)
