"""The plan is whole: every command exists, every need comes before, every step has a time."""

import importlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools import cli, samples
from surgtools.adaptation import preparation
from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.selection.thresholds import calibrate
from surgtools.cli import COMMANDS
from surgtools.errors import InputError
from tools.quickstart import story
from tools.quickstart.sizes import FULL, LEAST

ROOT = Path(__file__).resolve().parents[3]


def plan(out: Path, images: Path | None, sizes=FULL) -> list:
    """All steps in their order."""
    parts = story.look(out, images), story.check(out, sizes), story.chain(out, images, sizes)
    return [step for part in parts for step in part]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.JPG").write_bytes(b"x")
    (tmp_path / "mine/notes.txt").write_text("x")
    return tmp_path / "mine"


@pytest.mark.parametrize("sizes", [FULL, LEAST])
def test_steps_are_surgtools_commands_with_unique_names(tmp_path, pictures, sizes):
    steps = plan(tmp_path, pictures, sizes)
    assert len({step.name for step in steps}) == len(steps)
    assert all(step.words[1:3] == ("-m", "surgtools") for step in steps)
    assert {step.words[3] for step in steps} <= set(COMMANDS)


@pytest.mark.parametrize(("count", "words"), [(1, "for 1 epoch on"), (2, "for 2 epochs on")])
def test_the_title_of_a_training_counts_its_epochs(tmp_path, count, words):
    sizes = replace(LEAST, detector_epochs=count, pose_epochs=count)
    titles = [step.title for step in plan(tmp_path, None, sizes) if step.words[3] == "train"]
    assert len(titles) == 2 and all(words in title for title in titles)


@pytest.mark.parametrize("sizes", [FULL, LEAST])
def test_the_flags_of_every_step_are_understood(tmp_path, pictures, sizes, monkeypatch):
    for step in [*plan(tmp_path, pictures, sizes), *plan(tmp_path, None, sizes)]:
        module = importlib.import_module(f"surgtools.cli.{step.words[3]}")
        monkeypatch.setattr(module, "run", lambda args: 0)
        assert cli.main([*step.words[3:], *step.how]) == 0, step.name


def test_needs_come_before(tmp_path, pictures):
    before: set[str] = set()
    for step in plan(tmp_path, pictures):
        assert set(step.needs) <= before
        before.add(step.name)


def test_two_steps_never_share_a_folder(tmp_path, pictures):
    folders = [step.folder for step in plan(tmp_path, pictures) if step.folder]
    assert not any(
        a != b and (b + "/").startswith(a + "/") for a in folders for b in folders
    ) and len(set(folders)) == len(folders)


def test_configs_are_there(tmp_path):
    assert (ROOT / story.DETECTOR).is_file() and (ROOT / story.POSE).is_file()


def test_trainings_start_from_the_shipped_weights(tmp_path):
    words = {step.name: step.words for step in plan(tmp_path, None)}
    for name, alias in (("detector", story.zoo.FAST_DETECTOR), ("pose", story.zoo.FAST_POSE)):
        start = next(w for w in words[name] if w.startswith("load_from="))
        assert Path(start.removeprefix("load_from=")).name == f"{alias}.pth"


def test_only_pictures_of_the_user_count_as_inputs(tmp_path, pictures):
    step = next(s for s in plan(tmp_path, pictures) if s.name == "yours")
    assert step.inputs == (pictures / "a.JPG",)


def test_pictures_of_the_user_change_the_adaptation_alone(tmp_path, pictures):
    with_pictures = [step.words for step in plan(tmp_path, pictures)]
    changed = [step.name for step in plan(tmp_path, None) if step.words not in with_pictures]
    assert changed == ["adapt", "adapted"]


@pytest.mark.parametrize("sizes", [FULL, LEAST])
def test_every_step_is_expected_to_take_some_time(tmp_path, pictures, sizes):
    steps = story.timed(plan(tmp_path, pictures, sizes), 2.0, sizes)
    assert all(step.expected_s > 0 for step in steps)


def test_the_first_look_needs_no_torch_and_takes_the_samples(tmp_path, pictures):
    first, last = story.look(tmp_path, None)
    assert "general-onnx" in first.words and "fast-onnx" in last.words
    assert all(str(path) in first.words for path in samples.pictures())
    assert str(samples.clip()) in last.words
    assert [step.name for step in story.look(tmp_path, pictures)][1] == "yours_shipped"


def test_a_video_is_rendered_only_where_there_is_time(tmp_path):
    names = [step.name for step in plan(tmp_path, None, LEAST)]
    assert "render_video" not in names and "predict_video" in names
    assert "render_video" in [step.name for step in plan(tmp_path, None, FULL)]


@pytest.mark.parametrize("num_labels", [0, 19])
def test_an_adaptation_with_nothing_to_learn_from_is_no_failure(tmp_path, pictures, num_labels):
    step = next(s for s in plan(tmp_path, pictures) if s.name == "adapt")
    assert step.good_codes == (0, story.ROLLED_BACK)
    facts = {"instances": {"tweezers": num_labels}, "frames": {"video": 9}, "rules": {}}
    with pytest.raises(InputError) as few_labels:
        preparation._check_enough_labels(facts)
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((24, 32, 3), np.uint8))
    with pytest.raises(InputError) as few_pictures:
        collect_frames([str(tmp_path / "b.png")], tmp_path / "pool")
    with pytest.raises(InputError) as few_right:
        calibrate({}, np.ones(num_labels, bool))
    errors = few_labels, few_pictures, few_right
    for words, error in zip(story.NOTHING_TO_LEARN, errors, strict=True):
        assert words in str(error.value) and words in step.good_messages
