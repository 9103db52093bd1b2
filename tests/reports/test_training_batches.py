"""Training samples as the network sees them, from the shipped configs."""

from pathlib import Path

import pytest

pytest.importorskip("mmpose")

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.mark.parametrize(
    "name",
    [
        "pose/rtmpose-t_60e_instruments-256x256.py",
        "detection/rtmdet-tiny_60e_instruments-320x320.py",
    ],
)
def test_mosaic_of_a_shipped_config(drawn_dataset, name):
    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config
    from surgtools.reports.training_batches import training_mosaic

    config = load_config(CONFIGS / name, data_root=drawn_dataset)
    mosaic = training_mosaic(config, count=8)
    assert mosaic.shape == (2 * 200, 6 * 200, 3)
    assert mosaic[:200, :200].std() > 5
    assert (mosaic[210:, -190:] == 255).all()


def test_samples_that_cannot_be_drawn_are_named():
    from surgtools.errors import InputError
    from surgtools.reports.training_batches import dataset_mosaic

    with pytest.raises(InputError, match="a list has no pipeline"):
        dataset_mosaic([1.0])


@pytest.mark.parametrize(
    ("wrapper", "samples"),
    [
        (lambda inner: {"type": "SourceReplayDataset", "dataset": inner, "pseudo": {}}, 8),
        (lambda inner: {"type": "RepeatDataset", "dataset": inner, "times": 2}, 16),
        (lambda inner: {"type": "ConcatDataset", "datasets": [inner, inner]}, 16),
    ],
    ids=["replay", "repeat", "concat"],
)
def test_mosaic_looks_below_wrappers(drawn_dataset, wrapper, samples):
    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config
    from surgtools.reports.training_batches import training_mosaic

    name = "detection/rtmdet-tiny_60e_instruments-320x320.py"
    config = load_config(CONFIGS / name, data_root=drawn_dataset)
    config.train_dataloader.dataset = wrapper(config.train_dataloader.dataset)
    mosaic = training_mosaic(config, count=100)
    rows = -(-samples // 6)
    assert mosaic.shape == (rows * 200, 6 * 200, 3)
