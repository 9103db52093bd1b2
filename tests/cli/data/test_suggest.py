"""``surgtools data suggest`` refuses what it cannot use."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.cli import main
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.thresholds import Thresholds


class KilledRun(Exception):
    """Ends a command where a user would."""


@pytest.fixture
def killed_while_looking(monkeypatch):
    """Networks that end the command when they are first asked."""

    class Killing(Predictor):
        def predict_view(self, images, boxes=None, views=()):
            raise KilledRun

    pair = Killing(None, None, Thresholds())
    monkeypatch.setattr(PairProposer, "of", lambda *_: pair)


def test_suggest_checks_its_arguments(tmp_path, capsys):
    assert main(["data", "suggest", "x", "--out", str(tmp_path / "o"), "--count", "0"]) == 2
    assert "--count" in capsys.readouterr().err


def test_suggest_does_not_write_over_earlier_suggestions(tmp_path, capsys):
    (tmp_path / "suggestions.json").write_text("[]")
    assert main(["data", "suggest", "x", "--out", str(tmp_path)]) == 2
    assert "holds suggestions already" in capsys.readouterr().err


def test_suggest_after_a_killed_run_does_not_take_the_frames_of_other_sources(
    tmp_path, capsys, killed_while_looking
):
    for name, level in (("a", 10), ("b", 200)):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "1.png"), np.full((20, 20, 3), level, np.uint8))
    words = ["--out", str(tmp_path / "out")]
    for _ in range(2):
        with pytest.raises(KilledRun):
            main(["data", "suggest", str(tmp_path / "a"), *words])
    assert main(["data", "suggest", str(tmp_path / "b"), *words]) == 2
    assert "choose another folder" in capsys.readouterr().err
