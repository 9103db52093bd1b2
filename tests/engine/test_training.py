"""What ``train`` checks and changes before the host's runner takes over."""

import pytest
from mmengine.config import Config

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.engine.training import building, first_line, require_data, set_epochs
from surgtools.errors import InputError


def schedule():
    return Config(
        {
            "train_cfg": {"max_epochs": 60, "val_interval": 5},
            "param_scheduler": [
                {"type": "LinearLR", "begin": 0, "end": 2},
                {"type": "CosineAnnealingLR", "begin": 2, "end": 60, "T_max": 58},
                {"type": "LinearLR", "begin": 0, "end": 500, "by_epoch": False},
            ],
        }
    )


@pytest.mark.parametrize(
    ("epochs", "begin", "end", "interval"), [(120, 4, 120, 10), (30, 1, 30, 2), (1, 0, 1, 1)]
)
def test_schedule_stretches_with_the_epochs(epochs, begin, end, interval):
    config = schedule()
    set_epochs(config, epochs)
    warmup, cosine, by_iteration = config.param_scheduler
    assert config.train_cfg.max_epochs == epochs
    assert config.train_cfg.val_interval == interval
    assert warmup.end == max(begin, 1)
    assert (cosine.begin, cosine.end) == (begin, end)
    assert by_iteration.end == 500


def test_epochs_need_an_epoch_based_config():
    with pytest.raises(InputError, match="--epochs needs a config"):
        set_epochs(Config({"train_cfg": {"max_iters": 5}}), 3)


def test_data_without_instruments_is_refused(tmp_path):
    builder = CocoBuilder()
    builder.add_image("a.jpg", 8, 8)
    builder.write(tmp_path / "a.json")
    dataset = {"data_root": str(tmp_path), "ann_file": "a.json"}
    with pytest.raises(InputError, match="a.json: 1 pictures, 0 instruments"):
        require_data(Config({"train_dataloader": {"dataset": dataset}}))


def test_build_errors_name_the_config():
    with pytest.raises(InputError, match=r"cannot be built \(KeyError: 'no such head'\)"):
        with building(Config({})):
            raise KeyError("no such head")


def test_worker_tracebacks_shrink_to_their_message():
    sent = (
        "Caught InputError in DataLoader worker process 0.\nTraceback ...\n"
        "surgtools.errors.InputError: a.jpg: the picture is cut off; copy it again\n"
    )
    assert first_line(sent) == "a.jpg: the picture is cut off; copy it again"
    assert first_line("plain") == "plain"
