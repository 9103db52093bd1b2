import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.thresholds import Thresholds, require_thresholds


def test_shares_are_taken_whatever_number_holds_them():
    assert require_thresholds(0, 1, np.float32(0.5)) == Thresholds(0, 1, 0.5)
    assert require_thresholds(0.2).nms is None


def test_a_threshold_in_percent_is_refused():
    with pytest.raises(InputError, match="bbox_thr 35 given; a number from 0 to 1 is expected"):
        require_thresholds(35)
