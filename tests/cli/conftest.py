"""What the tests of several commands share."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.cli import main

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"


POINTS = {
    1: [[30, 24, 2], [20, 40, 2], [27, 8, 1], [40, 40, 2], [33, 8, 2]],
    2: [[30, 44, 2], [26, 24, 1], [24, 6, 2], [34, 24, 2], [36, 6, 2]],
}


@pytest.fixture(scope="session")
def built_weights(tmp_path_factory) -> dict[Path, Path]:
    """Weights of a pose model and a detector as built: config file to path."""
    torch = pytest.importorskip("torch")
    from mmengine.registry import MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    folder, paths = tmp_path_factory.mktemp("weights"), {}
    for config_file in (POSE, DETECTOR):
        config = load_config(config_file)
        init_default_scope(config.default_scope)
        paths[config_file] = folder / f"{config_file.stem}.pth"
        torch.manual_seed(1)  # a detector that finds something
        state = MODELS.build(config.model).state_dict()
        torch.save({"state_dict": state, "meta": {}}, paths[config_file])
    return paths


@pytest.fixture(scope="session")
def exported_models(random_models, tmp_path_factory) -> Path:
    """A folder with ``random_models`` as ONNX."""
    from surgtools.export import export_models
    from surgtools.prediction.models import Models

    return export_models(Models(**random_models), tmp_path_factory.mktemp("exported"))


class Place:
    """A folder with a data set, an output folder with a link in it, and the user's own files."""

    def __init__(self, root: Path) -> None:
        self.root, self.data, self.out = root, root / "user/data", root / "user/work/out"
        self.outside = root / "outside"
        for folder in (self.data / "images", self.data / "layers", self.out, self.outside):
            folder.mkdir(parents=True)
        picture = np.random.default_rng(0).integers(0, 255, (48, 64, 4), dtype=np.uint8)
        for folder in (self.data / "images", self.outside, root / "user/outside"):
            folder.mkdir(exist_ok=True)
            cv2.imwrite(str(folder / "a.jpg"), picture[:, :, :3])
            cv2.imwrite(str(folder / "a.png"), picture)
            (folder / "a.txt").write_text("the user's own")
        cv2.imwrite(str(self.data / "layers/a.png"), picture)
        for inner in ("", "images", "images/train", "labels/train", "train/images", "vis", "way"):
            (self.out / inner).mkdir(parents=True, exist_ok=True)
            if inner != "way":
                (self.out / inner / "way").unlink(missing_ok=True)
                if not (self.out / inner / "way").exists():
                    (self.out / inner / "way").symlink_to(self.outside)

    def beside_out(self) -> dict[str, bytes]:
        files = (p for p in self.root.rglob("*") if p.is_file() and not p.is_symlink())
        return {str(p): p.read_bytes() for p in files if not p.is_relative_to(self.out)}

    def coco(self, name: str) -> Path:
        builder = CocoBuilder()
        for each in ("a.jpg", name):
            layer = str(Path(each.replace("\0", "")).with_suffix(".png"))
            image_id = builder.add_image(each, 64, 48, video_id=each, layer=layer)
            for category, rows in POINTS.items():
                box = [18, 4, 26, 42]
                builder.add_annotation(image_id, category, np.array(rows, float), box)
        path = self.data / "coco_keypoints.json"
        path.write_text(json.dumps(builder.to_dict()))
        return path

    def run(self, *words: object) -> int:
        """Run a command; what lies beside the output folder must stay as it was."""
        before = self.beside_out()
        try:
            code = main([str(word) for word in words])
        except SystemExit as error:  # argparse
            code = error.code
        assert self.beside_out() == before, "something beside the output folder changed"
        assert code in (0, 1, 2, 3)
        return code


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path / "place")
