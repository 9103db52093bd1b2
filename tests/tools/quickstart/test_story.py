"""The plan is whole: every command exists, every need comes before, budgets are stated once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.adaptation import preparation
from surgtools.adaptation.frames.collect import collect_frames
from surgtools.cli import COMMANDS
from surgtools.errors import InputError
from tools.quickstart import story

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.JPG").write_bytes(b"x")
    (tmp_path / "mine/notes.txt").write_text("x")
    return tmp_path / "mine"


def test_steps_are_surgtools_commands_with_unique_names(tmp_path, pictures):
    steps = story.plan(tmp_path, pictures)
    assert len({step.name for step in steps}) == len(steps)
    assert all(step.words[1:3] == ("-m", "surgtools") for step in steps)
    assert {step.words[3] for step in steps} <= set(COMMANDS)


def test_needs_come_before(tmp_path, pictures):
    before: set[str] = set()
    for step in story.plan(tmp_path, pictures):
        assert set(step.needs) <= before
        before.add(step.name)


def test_two_steps_never_share_a_folder(tmp_path, pictures):
    folders = [step.folder for step in story.plan(tmp_path, pictures) if step.folder]
    assert not any(
        a != b and (b + "/").startswith(a + "/") for a in folders for b in folders
    ) and len(set(folders)) == len(folders)


def test_configs_are_there(tmp_path):
    assert (ROOT / story.DETECTOR).is_file() and (ROOT / story.POSE).is_file()


def test_trainings_start_from_the_shipped_weights(tmp_path):
    words = {step.name: step.words for step in story.plan(tmp_path, None)}
    for name, alias in (("detector", story.zoo.FAST_DETECTOR), ("pose", story.zoo.FAST_POSE)):
        start = next(w for w in words[name] if w.startswith("load_from="))
        assert Path(start.removeprefix("load_from=")).name == f"{alias}.pth"


def test_only_pictures_of_the_user_count_as_inputs(tmp_path, pictures):
    step = next(s for s in story.plan(tmp_path, pictures) if s.name == "yours")
    assert step.inputs == (pictures / "a.JPG",)


def test_pictures_of_the_user_do_not_change_the_other_steps(tmp_path, pictures):
    without = story.plan(tmp_path, None)
    with_pictures = [step.words for step in story.plan(tmp_path, pictures)]
    assert all(step.words in with_pictures for step in without)


def test_training_lines_become_short():
    line = (
        "11/21 00:39:14 - mmengine - INFO - Epoch(train) [1][ 2/20]  base_lr: 1.7e-03 lr: "
        "1.7e-03  eta: 0:01:06  time: 33.4  data_time: 0.09  grad_norm: 8.1  loss: 8.345667  "
        "loss_kpt: 8.2"
    )
    assert story.training_line(line) == "epoch 1, iteration 2/20: loss 8.346, 0:01:06 left"
    line = "x - INFO - Epoch(val) [5][3/3]    boxes/AP: 0.412345  boxes/AP50: 0.7"
    assert story.training_line(line) == "epoch 5: boxes/AP 0.412 on data/val"
    assert story.training_line("    sys.platform: linux") is None


@pytest.mark.parametrize("num_labels", [0, 19])
def test_an_adaptation_with_nothing_to_learn_from_is_no_failure(tmp_path, pictures, num_labels):
    step = next(s for s in story.plan(tmp_path, pictures) if s.name == "adapt")
    assert step.good_codes == (0, story.ROLLED_BACK)
    facts = {"instances": {"tweezers": num_labels}, "frames": {"video": 9}, "rules": {}}
    with pytest.raises(InputError) as few_labels:
        preparation._check_enough_labels(facts)
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((24, 32, 3), np.uint8))
    with pytest.raises(InputError) as few_pictures:
        collect_frames([str(tmp_path / "b.png")], tmp_path / "pool")
    for words, error in zip(story.NOTHING_TO_LEARN, (few_labels, few_pictures), strict=True):
        assert words in str(error.value) and words in step.good_messages
