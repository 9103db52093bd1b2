import numpy as np
import pytest

from data_gen.instruments.needle_holder_shape import NeedleHolderShape
from data_gen.instruments.shape import sample_shape


def drawn(**ranges):
    return sample_shape(NeedleHolderShape, np.random.default_rng(0), ranges)


def test_the_box_surrounds_the_hinge():
    shape = drawn(length=0.2, box_share=0.1, box_ahead=0.4)
    # 20 mm long, 40 % of it ahead of the hinge
    assert shape.box == pytest.approx((-0.012, 0.008))


def test_jaws_taper_from_the_box_to_the_tip():
    shape = drawn(box_width=0.008, jaw_tip_width=0.004)
    ends = np.array([shape.box[1], shape.jaw_end])
    assert shape.jaw_half_u(ends) == pytest.approx([0.002, 0.001])
    between = shape.jaw_half_u(np.linspace(*ends, 20))
    assert (np.diff(between) <= 0).all()


def test_only_curved_jaws_leave_the_plane():
    assert drawn(jaw_curved=0.0, jaw_curve=0.1).bend(0.05) == 0
    curved = drawn(jaw_curved=1.0, jaw_curve=0.1)
    assert curved.bend(curved.jaw_end) > 0
    assert curved.bend(curved.box[1]) == 0


def test_skew_makes_the_rings_uneven():
    even, skew = drawn(skew=0.0), drawn(skew=0.2)
    assert even.ring(1.0).center == pytest.approx(even.ring(-1.0).center)
    assert skew.ring(1.0).neck[0] == pytest.approx(1.5 * skew.ring(-1.0).neck[0])
