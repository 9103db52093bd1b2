"""Any config of the zoo becomes an adaptation config; what is not named stays."""

from pathlib import Path

import pytest

import surgtools.register  # noqa: F401
from surgtools.adaptation.settings import AdaptSettings, StageSettings
from surgtools.adaptation.stage_config import build_stage_config
from surgtools.configs.pipelines import student_pipeline
from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.training.whole_checkpoints import WHOLE

CONFIGS = Path(__file__).parents[2] / "configs"
DETECTOR = CONFIGS / "detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = CONFIGS / "pose/rtmpose-s_60e_instruments-256x256.py"


def build(path, role, **changes):
    hook = {"proposer": {}, "knowledge": "k", "pool": "p"}
    base = load_config(path)
    settings = StageSettings(**changes)
    return base, build_stage_config(base, role, "src", "start.pth", "work", hook, settings)


@pytest.mark.parametrize(("path", "role"), [(DETECTOR, "detector"), (POSE, "pose")])
def test_source_is_replayed_and_the_rest_of_the_network_stays(path, role):
    base, config = build(path, role, epochs=4)
    data = config.train_dataloader.dataset
    assert data.type == "SourceReplayDataset" and data.dataset.data_root == "src"
    assert data.dataset.ann_file == "train/coco_keypoints.json" and "ann_file" not in data.pseudo
    assert config.model == base.model and config.load_from == "start.pth"
    assert base.train_dataloader.dataset.type != "SourceReplayDataset", "base is left alone"
    assert config.train_cfg == {"by_epoch": True, "max_epochs": 4}


@pytest.mark.parametrize(("path", "role"), [(DETECTOR, "detector"), (POSE, "pose")])
def test_one_averaging_teacher_with_buffers_and_one_hook(path, role):
    _, config = build(path, role)
    hooks = [hook["type"] for hook in config.custom_hooks]
    assert hooks.count("EMAHook") == 1 and hooks.count("VideoPseudoLabelHook") == 1
    assert "FiniteLossHook" in hooks
    ema = next(hook for hook in config.custom_hooks if hook["type"] == "EMAHook")
    assert ema["update_buffers"] is True


def test_the_teacher_forgets_its_start_however_short_the_training():
    for epochs, momentum in ((6, 6 / 180), (2, 6 / 60)):  # 480 pictures are 30 batches of 16
        _, config = build(DETECTOR, "detector", epochs=epochs)
        ema = next(hook for hook in config.custom_hooks if hook["type"] == "EMAHook")
        assert ema["momentum"] == pytest.approx(momentum)
    _, config = build(DETECTOR, "detector", ema_momentum=0.01)
    assert "'momentum': 0.01" in str(config.custom_hooks)


def test_mixed_precision_is_that_of_train(monkeypatch):
    monkeypatch.setattr("surgtools.training.run.get_device", lambda: "cpu")
    hooks = [hook["type"] for hook in build(DETECTOR, "detector", amp=True)[1].custom_hooks]
    assert "BFloat16FeaturesHook" in hooks
    hooks = [hook["type"] for hook in build(DETECTOR, "detector")[1].custom_hooks]
    assert "BFloat16FeaturesHook" not in hooks


def test_a_pose_label_teaches_as_far_as_it_is_trusted():
    _, pose = build(POSE, "pose", labels="soft")
    steps = [step.type for step in pose.train_dataloader.dataset.pseudo.pipeline]
    assert steps.index("PseudoLabelTrust") == steps.index("GenerateTarget") + 1
    _, detector = build(DETECTOR, "detector", labels="soft")
    assert detector.custom_hooks[-1]["labels"] == "hard"


def test_low_resolution_student_sees_fewer_pixels_from_the_start():
    pipeline = [{"type": "LoadInstrumentImage"}, {"type": "X"}]
    steps = student_pipeline(pipeline, "pose", low_resolution=(2, 4))
    assert [step["type"] for step in steps] == ["LoadInstrumentImage", "LowResolution", "X"]
    assert steps[1]["factors"] == [2, 4]


@pytest.mark.parametrize(
    ("path", "role", "name"),
    [
        (DETECTOR, "detector", "rtmdet-tiny_adapt-6e_instruments-320x320"),
        (POSE, "pose", "rtmpose-s_adapt-6e_instruments-256x256"),
    ],
)
def test_config_files_say_the_same(path, role, name):
    _, built = build(path, role, **vars(AdaptSettings().stage(role)))
    config = load_config(CONFIGS / f"adaptation/{name}.py", data_root="src")
    data = built.train_dataloader.dataset
    del data["seed"]
    assert config.train_dataloader.dataset == data
    assert config.param_scheduler == built.param_scheduler
    assert config.optim_wrapper == built.optim_wrapper
    assert config.train_cfg.max_epochs == built.train_cfg.max_epochs
    hooks, wanted = (
        {hook["type"]: hook for hook in each.custom_hooks} for each in (config, built)
    )
    assert hooks["EMAHook"] == wanted["EMAHook"]
    assert hooks["VideoPseudoLabelHook"]["interval"] == wanted["VideoPseudoLabelHook"]["interval"]


def test_settings_that_cannot_work():
    with pytest.raises(InputError, match="epochs 0 given"):
        StageSettings(epochs=0)
    with pytest.raises(InputError, match="pseudo_share 1.0 given"):
        StageSettings(pseudo_share=1.0)


def test_a_kill_leaves_a_checkpoint_to_go_on_from():
    """The host deletes the oldest before it writes: of one there would be none."""
    _, config = build(DETECTOR, "detector")
    checkpoint = config.default_hooks.checkpoint
    assert checkpoint.interval == 1 and checkpoint.max_keep_ckpts == 2
    assert checkpoint.backend_args == WHOLE
