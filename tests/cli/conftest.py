"""What the tests of several commands share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"


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
