from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.space_tracks import instruments_in_space
from surgtools.spatial.view_delay import best_delay
from surgtools.spatial.view_files import Moment, ViewFile
from surgtools.spatial.view_matching import MAX_SHARE, Seen
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)


@pytest.fixture
def films(rig, camera, placed) -> list[ViewFile]:
    """A holder that goes to and fro, two seconds of it, 25 frames a second, from two cameras."""
    rng, times, views = np.random.default_rng(0), np.arange(50) / 25, []
    for own in rig[:2]:
        moments = []
        for n, t in enumerate(times):
            points = 1000 * placed(camera) + [60 * np.sin(3 * t), 60 * np.cos(5 * t), 0]
            pixels = own.project(points) + rng.normal(0, 1, (5, 2))
            seen = Seen(HOLDER, pixels[HOLDER.order_sides(pixels)], *np.ones((2, 5)))
            moments.append(Moment(float(t), str(n), [seen]))
        views.append(ViewFile(Path(f"{own.name}.json"), SURGICAL, moments, True))
    return views


def later(view: ViewFile, seconds: float) -> ViewFile:
    moments = [replace(m, time_s=m.time_s + seconds) for m in view.moments]
    return replace(view, moments=moments)


@pytest.mark.parametrize("delay", [-0.6, -0.04, 0.0, 0.48])
def test_the_delay_is_found_to_the_frame(rig, films, delay):
    views = [films[0], later(films[1], -delay)]
    assert best_delay(rig[:2], views, MAX_SHARE) == pytest.approx(delay, abs=1e-6)


def test_the_error_says_when_videos_would_meet(rig, films):
    with pytest.raises(InputError, match=r"they meet where right\.json starts 0\.60 s earlier"):
        instruments_in_space(rig[:2], [films[0], later(films[1], 0.6)])


def test_of_another_scene_no_delay_is_told(rig, films):
    elsewhere = [
        replace(m, instances=[replace(i, pixels=i.pixels + [0, 150]) for i in m.instances])
        for m in films[1].moments
    ]
    views = [films[0], replace(films[1], moments=elsewhere)]
    assert best_delay(rig[:2], views, MAX_SHARE) is None
    with pytest.raises(InputError, match="or the rig is another one$"):
        instruments_in_space(rig[:2], views)


def test_too_few_frames_tell_no_delay(rig, films):
    views = [replace(view, moments=view.moments[:1]) for view in films]
    assert best_delay(rig[:2], views, MAX_SHARE) is None
