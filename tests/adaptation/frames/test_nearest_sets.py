"""Sets are chosen by how their pictures look, not by where things lie in them."""

import numpy as np

from surgtools.adaptation.frames.nearest_sets import nearest_sets, picture_statistics


def pictures(color, count=4, seed=0, noise=6):
    rng = np.random.default_rng(seed)
    noisy = np.array(color) + rng.normal(0, noise, (count, 48, 64, 3))
    return list(noisy.clip(0, 255).astype(np.uint8))


def test_the_set_of_the_same_colors_is_nearest():
    sets = {
        "green": picture_statistics(pictures((60, 140, 60))),
        "dark": picture_statistics(pictures((10, 10, 12))),
        "white": picture_statistics(pictures((240, 245, 240))),
    }
    for color, name in (((64, 130, 66), "green"), ((14, 12, 10), "dark"), ((235,) * 3, "white")):
        assert nearest_sets(picture_statistics(pictures(color, 3, seed=1)), sets, 1) == [name]


def test_a_set_that_varies_widely_is_no_worse_for_that():
    wide = [*pictures((60, 140, 60), 2), *pictures((200, 60, 60), 2)]
    sets = {
        "near": picture_statistics(pictures((90, 120, 70), 4)),
        "wide": picture_statistics(wide),
    }
    assert nearest_sets(picture_statistics(pictures((60, 140, 60), 3, seed=1)), sets, 1) == [
        "wide"
    ]


def test_a_target_of_two_looks_gets_the_sets_of_both_and_not_the_one_between():
    sets = {
        "green": picture_statistics(pictures((60, 140, 60))),
        "dark": picture_statistics(pictures((10, 10, 12))),
        "between": picture_statistics(pictures((40, 75, 40))),
    }
    target = picture_statistics(
        [*pictures((60, 140, 60), 3, seed=1), *pictures((12, 10, 10), 3, seed=2)]
    )
    assert nearest_sets(target, sets, 2) == ["dark", "green"]


def test_where_things_lie_does_not_count():
    (picture,) = pictures((60, 140, 60), 1)
    picture[5:15, 5:25] = 255
    np.testing.assert_allclose(
        picture_statistics([picture]), picture_statistics([picture[::-1, ::-1]]), atol=0.6
    )
    assert picture_statistics([]).shape == (0, 9)
