"""What is found out before any training, on the domain of dots: once, whole, and enough."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.preparation import hold_out_enough, prepare, prepared_files
from surgtools.adaptation.settings import AdaptSettings
from surgtools.errors import InputError
from surgtools.prediction.models import Models
from surgtools.prediction.predictor import Predictor


class SignedFinder(Predictor):
    """Stands where ``PairProposer`` does."""

    def __init__(self, finder):
        super().__init__(None, None, finder.thresholds)
        self.finder = finder

    def signature(self):
        return "dots"

    def predict_view(self, images, boxes=None, views=()):
        return self.finder.predict_view(images)


@pytest.fixture
def prepared(dot_dataset, dots, tmp_path, monkeypatch):
    """Function that prepares for 110 pictures, 22 of them empty."""
    target = tmp_path / "target"
    target.mkdir()
    rng = np.random.default_rng(5)
    for number in range(110):
        points = dots.shape(rng.uniform(0, 6.28), 0.4, rng.uniform(50, 70, 2))
        image = dots.draw(points if number % 5 else np.zeros((0, 2)))
        image[0, 0] = number  # copies would be left out
        cv2.imwrite(str(target / f"{number:03d}.png"), image)
    pair = Models(*[Path("not asked")] * 4)
    settings = AdaptSettings(source_pictures=30)

    def run(finder=None, tell=lambda *_: None):
        proposer = SignedFinder(finder or dots.Finder())
        monkeypatch.setattr(PairProposer, "of", lambda *_: proposer)
        return prepare([str(target)], tmp_path / "work", dot_dataset, pair, settings, tell)

    return run


def test_every_step_is_kept_and_not_repeated(prepared, dots, tmp_path):
    files, seen = prepared_files(tmp_path / "work"), []

    def tell(what, done, total):
        present = tuple(name for name, path in files.items() if path.exists())
        if not seen or seen[-1] != (what, present):
            seen.append((what, present))

    first = prepared(tell=tell)
    assert seen == [
        ("learning from the source", ("pool",)),
        ("first look at the target", ("knowledge", "pool")),
    ]
    assert all(path.exists() for path in files.values())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("*")}
    finder = dots.Finder()
    again = prepared(finder)
    assert finder.calls == 0
    assert again.pool.frames == first.pool.frames and again.reference == first.reference
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "work").rglob("*")} == before


def test_too_few_labels_are_refused_and_can_be_looked_at(prepared, dots, tmp_path):
    prepared()
    for name in ("first_look", "reference"):
        prepared_files(tmp_path / "work")[name].unlink()
    with pytest.raises(InputError, match="0 labels .* 20 are needed .*nothing was proposed"):
        prepared(dots.Finder(blind_from=0))
    assert prepared_files(tmp_path / "work")["reference"].exists()


def test_more_frames_are_held_out_where_few_can_be_trusted(prepared, tmp_path):
    ready = prepared()
    pool, look, held = ready.pool, ready.look, ready.pool.indices(True)
    assert len(held) == 22
    same = hold_out_enough(pool, look, ready.selector)
    assert same.indices(True) == held, "enough of them can be trusted"
    blinded = np.isin(look.proposals.frames, held[:-2])
    hardly = replace(look, proposals=look.proposals.subset(~blinded))
    more = hold_out_enough(pool, hardly, ready.selector)
    assert set(held) < set(more.indices(True)) and len(more.indices(True)) < 44
    assert FramePool.load(tmp_path / "work/pool").frames == more.frames
    assert hold_out_enough(more, hardly, ready.selector).frames == more.frames
