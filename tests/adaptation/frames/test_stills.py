"""Pictures are linked where plain readers see the same, and folders are told apart."""

import cv2
import numpy as np

from surgtools.adaptation.frames.stills import is_sequence, take_pictures
from surgtools.prediction.sources import Source


def test_films_are_told_from_photographs():
    rng = np.random.default_rng(0)
    photographs = rng.uniform(0, 255, (30, 4, 4, 3))
    film = np.cumsum(rng.normal(0, 1, (30, 4, 4, 3)), axis=0) + np.arange(30)[:, None, None, None]
    assert not is_sequence(photographs)
    assert is_sequence(film)
    assert not is_sequence(photographs[:2])


def test_too_many_pictures_are_thinned_evenly_and_a_bad_one_is_told(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(9):
        image = rng.integers(0, 255, (20, 20, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    (tmp_path / "4.png").write_bytes(b"")
    sources = [Source(str(tmp_path / f"{i}.png"), "image", str(i)) for i in range(9)]
    problems = []
    frames = take_pictures(sources, tmp_path / "pool", 3, problems)
    assert [frame.source[-5:] for frame in frames] == ["0.png", "8.png"]
    assert [frame.clip for frame in frames] == ["picture 0", "picture 1"]
    assert [problem.message for problem in problems] == ["the file is empty; copy it again"]
    assert take_pictures(sources, tmp_path / "pool", 0, problems) == []
