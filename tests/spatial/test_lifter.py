"""A trained lifter, used from Python: it answers as the test loop scores it."""

import numpy as np
import pytest

from surgtools.errors import InputError

torch = pytest.importorskip("torch")

from surgtools.spatial.lifter import Lifter  # noqa: E402


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    from mmengine.registry import MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    config = load_config("lifting/tcn_80e_instruments.py")
    init_default_scope("mmpose")
    torch.manual_seed(0)
    state = MODELS.build(config.model).state_dict()
    path = tmp_path_factory.mktemp("lifter") / "lifter.pth"
    torch.save({"state_dict": state, "meta": {"cfg": config.pretty_text}}, path)
    return path


def test_the_answer_starts_at_the_root_and_grows_with_the_length(checkpoint, camera, placed):
    lifter = Lifter(checkpoint)
    keypoints = camera.project(placed(camera))
    points = lifter("needle_holder", keypoints, camera, 180)
    assert points.shape == (5, 3) and points[0].tolist() == [0, 0, 0]
    assert np.abs(points[1:]).max() > 0
    assert lifter(1, keypoints, camera, 360) == pytest.approx(2 * points, rel=1e-4)


def test_an_unseen_keypoint_does_not_count_and_two_are_too_few(checkpoint, camera, placed):
    lifter = Lifter(checkpoint)
    keypoints = camera.project(placed(camera))
    moved = keypoints + [[0, 0], [0, 0], [90, 0], [0, 0], [0, 0]]
    seen = np.array([True, True, False, True, True])
    first, second = (lifter(1, own, camera, 180, seen) for own in (keypoints, moved))
    assert first == pytest.approx(second)
    assert lifter(1, keypoints, camera, 180, np.arange(5) < 2) is None


def test_wrong_use_is_one_line(checkpoint, camera, tmp_path):
    lifter = Lifter(checkpoint)
    with pytest.raises(InputError, match="keypoints of shape"):
        lifter(1, np.zeros((4, 2)), camera, 180)
    with pytest.raises(InputError, match="length 0: millimeters above 0"):
        lifter(1, np.zeros((5, 2)), camera, 0)
    with pytest.raises(InputError, match="unknown"):
        lifter("scalpel", np.zeros((5, 2)), camera, 180)
    with pytest.raises(InputError, match="no such lifter"):
        Lifter(tmp_path / "none.pth")
