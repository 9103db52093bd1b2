"""The chain is as large as the time allows, and no step is forgotten in the sum."""

import pytest

from surgtools.adaptation.frames.held_out import MAX_SHARE, MIN_HELD_OUT
from tools.quickstart import sizes
from tools.quickstart.sizes import FULL, LEAST, MOST


def test_time_is_the_sum_over_the_steps_after_the_first_render():
    found = sizes.units(LEAST)
    assert found["render_val"] == 4 + LEAST.val
    assert found["detector"] == pytest.approx(8 + 0.06 * 24 * 3)
    before = sum(found[name] for name in ("samples", "sample_clip", "doctor", "render_val"))
    assert sizes.chain_units(LEAST) == pytest.approx(sum(found.values()) - before)
    assert sizes.chain_units(LEAST, own=True) > sizes.chain_units(LEAST)


def test_the_chain_fits_and_a_larger_one_would_not():
    for picture_s in (1.0, 2.0, 3.0):
        fitting = sizes.fit(picture_s, 1000)
        larger = sizes.replace(fitting, train=fitting.train + sizes.STEP)
        planned = sizes.PLANNED * 1000
        assert sizes.chain_units(fitting) * picture_s <= planned
        assert fitting == MOST or sizes.chain_units(larger) * picture_s > planned


def test_a_slow_machine_does_the_least_and_a_fast_one_the_most():
    assert sizes.fit(60.0, 1000) == LEAST and sizes.fit(3.0, -5) == LEAST
    assert sizes.fit(0.01, 1000) == MOST


def test_two_slow_cores_train_on_more_than_the_least():
    assert sizes.fit(sizes.TYPICAL_S, sizes.WHOLE_S - 120).train > LEAST.train


def test_what_ends_too_late_is_made_smaller_and_what_is_done_is_not():
    enough = sizes.chain_units(LEAST)
    assert sizes.shrink(LEAST, 1.0, enough, {}) == LEAST
    less = sizes.shrink(LEAST, 1.0, enough - 1, {})
    assert less == sizes.replace(LEAST, adapt_length=LEAST.adapt_length // 2)
    done = {"render_train", "detector", "pose"}
    late = sizes.shrink(LEAST, 10.0, 100, done)
    assert (late.detector_epochs, late.pose_epochs) == (LEAST.detector_epochs, LEAST.pose_epochs)
    assert late.adapt_epochs == 0 and not {"adapt", "adapted"} & set(sizes.units(late))
    nothing = sizes.shrink(LEAST, 10.0, 0, {})
    assert (nothing.detector_epochs, nothing.pose_epochs, nothing.adapt_epochs) == (1, 1, 0)
    assert sizes.shrink(LEAST, 10.0, 0, {*done, "adapt"}) == LEAST


@pytest.mark.parametrize("left", range(0, 300, 20))
def test_an_adaptation_that_is_left_has_enough_frames_for_its_guards(left):
    late = sizes.shrink(LEAST, 1.0, left, {"render_train", "detector", "pose"})
    assert late.adapt_frames * MAX_SHARE >= MIN_HELD_OUT


def test_sizes_are_read_as_they_were_written(tmp_path):
    assert sizes.read(tmp_path / "sizes.json") is None
    sizes.write(tmp_path / "sizes.json", FULL, 2.5)
    assert sizes.read(tmp_path / "sizes.json") == (FULL, 2.5)
