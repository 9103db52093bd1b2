"""What holds for the whole run follows from what was set for its networks."""

import pytest

from surgtools.adaptation.settings import AdaptSettings, StageSettings
from surgtools.errors import InputError


def test_a_rule_is_left_out_of_the_guards_when_no_adapted_network_uses_it():
    without = StageSettings(without=("bbox_score", "implausibility"))
    other = StageSettings(without=("implausibility",))
    assert AdaptSettings(detector=without, pose=other).without == ("implausibility",)
    alone = AdaptSettings(detector=without, pose=other, roles=("detector",))
    assert alone.without == ("bbox_score", "implausibility")
    assert AdaptSettings().without == ()


def test_the_camera_is_that_of_the_adapted_networks():
    low = StageSettings(low_resolution=(4, 8))
    assert AdaptSettings(pose=low).low_resolution == (4, 8)
    assert AdaptSettings(pose=low, roles=("detector",)).low_resolution == ()
    assert AdaptSettings(pose=low).stage("pose") is low


@pytest.mark.parametrize("role", ["detector", "pose"])
def test_a_rule_that_does_not_exist_is_refused(role):
    with pytest.raises(InputError, match="rule 'luck' is unknown; the rules are bbox_score"):
        AdaptSettings(**{role: StageSettings(without=("luck", "bbox_score"))})
