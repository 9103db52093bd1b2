import numpy as np
import pytest

from data_gen.instruments.model import InstrumentModel, rotation


def test_rotation_is_right_handed():
    quarter = np.pi / 2
    assert rotation("z", quarter) @ [1, 0, 0] == pytest.approx([0, 1, 0])
    assert rotation("x", quarter) @ [0, 1, 0] == pytest.approx([0, 0, 1])
    assert rotation("y", quarter) @ [0, 0, 1] == pytest.approx([1, 0, 0])


def test_a_model_rests_on_either_side_by_default():
    up, down = InstrumentModel().rest_rotations()
    assert up @ [0, 0, 1] == pytest.approx([0, 0, 1])
    assert down @ [0, 0, 1] == pytest.approx([0, 0, -1])
