"""A pair of networks is asked as the settings say, and a further one once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.adaptation import pair_answers
from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.labels.round_origin import file_digest
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import FurtherTeacher
from surgtools.adaptation.pair_answers import (
    ask_further,
    learn_pair,
    open_pair,
    take_first_look,
)
from surgtools.adaptation.settings import AdaptSettings
from surgtools.prediction.models import Models


def test_a_pair_is_opened_as_the_settings_say(monkeypatch):
    opened = []
    monkeypatch.setattr(PairProposer, "of", lambda *given: opened.append(given))
    pair = Models(*[Path("not asked")] * 4)
    settings = AdaptSettings(device="cpu", trust_checkpoint=True, zoom=2, engine="ray")
    open_pair(pair, 0.2, settings)
    assert opened == [(pair, 0.2, "cpu", True, 2, "ray")]


def test_one_network_for_both_is_opened_and_never_zooms(monkeypatch):
    opened = []
    monkeypatch.setattr(pair_answers, "OneStageProposer", lambda *given: opened.append(given))
    alone = Models(Path("rtmo.py"), Path("rtmo.pth"))
    open_pair(alone, 0.2, AdaptSettings(device="cpu", trust_checkpoint=True, zoom=2))
    assert opened == [(alone, 0.2, "cpu", True)]


@pytest.fixture
def pool(dots, tmp_path):
    (tmp_path / "target").mkdir()
    for number in range(60):
        image = dots.draw(dots.shape(0.1 * number, 0.45, (60.0, 55)))
        cv2.imwrite(str(tmp_path / f"target/{number:02d}.png"), image)
    return collect_frames([str(tmp_path / "target")], tmp_path / "pool")[0]


def test_a_further_teacher_is_asked_once(pool, dots, dot_dataset, tmp_path, monkeypatch):
    class Signed(dots.Finder):
        def signature(self):
            return "dots"

    asked = []

    def of(pair, floor, *how):
        asked.append(floor)
        return Signed()

    monkeypatch.setattr(PairProposer, "of", of)
    folder, settings = tmp_path / "teacher_2", AdaptSettings(source_pictures=30)
    pair = Models(*[Path("not asked")] * 4)

    def ask():
        ask_further(folder, pair, dot_dataset, pool, settings, lambda *_: None)

    def digest():
        return file_digest(folder / "knowledge.json", folder / "first_look.npz")

    ask()
    assert asked == [0.1, 0.05]  # the source as when labelling, the target as guards look
    teacher, before = FurtherTeacher.load(folder), digest()
    assert teacher.look.signature == "dots"
    assert np.unique(teacher.look.proposals.frames).tolist() == list(range(len(pool)))
    assert {"confidence", "bbox_score"} <= set(teacher.look.proposals.statistics)
    ask()
    assert len(asked) == 2 and digest() == before
    (folder / "first_look.npz").unlink()
    ask()
    assert asked == [0.1, 0.05, 0.05]


def test_steps_are_told_before_their_first_batch(pool, dots, dot_dataset, monkeypatch):
    class Signed(dots.Finder):
        def signature(self):
            return "dots"

    told, pair = [], Models(*[Path("not asked")] * 4)
    monkeypatch.setattr(PairProposer, "of", lambda *given: Signed())
    settings = AdaptSettings(source_pictures=30)

    def tell(what, done, total):
        told.append((what, done, total))

    knowledge = learn_pair(dot_dataset, pair, settings, False, tell)
    steps = len(told)
    assert told[0] == ("learning from the source", 0, told[-1][1])
    take_first_look(pool, knowledge, Selector(knowledge.thresholds), pair, settings, tell)
    assert told[steps] == ("first look at the target", 0, 60)
    assert told[-1] == ("first look at the target", 60, 60)
