"""The grips of surgery: rings on thumb and ring finger, in the palm, like a pencil.

Each is drawn around the points by which an instrument is held, for a right hand that holds it in
the instrument's own frame; see ``grips.Grip``.
"""

import numpy as np

from data_gen.instruments.grips import Grip, Touch, pad
from data_gen.instruments.model import rotation
from data_gen.instruments.rig import bone

_WRIST = 0

_STEEP_SHARE = 0.65
"""Of tweezers that lean on the index finger."""


def ring_hold(points: np.ndarray, rng: np.random.Generator) -> Grip:
    """Thumb through one ring, ring finger through the other, the index along a shank.

    Args:
        points: (5, 3) joint, left ring, left tip, right ring, right tip.
    """
    joint, left, _, right, _ = points
    along = rng.uniform(0.5, 0.75)
    shank = right + along * (joint - right)
    deep = rng.uniform(-0.004, 0.004)
    touches = [
        Touch(bone("ring", 1), np.array([0, 0, -0.012 + deep]), right, 0.002),
        Touch(bone("thumb", 2), np.array([0, 0, -0.006 + deep]), left, 0.002),
        Touch(*pad("index"), shank + [0.003, 0, 0.002], 0.003),
        Touch(*pad("middle", depth=0.007), right + [0.006, 0.022, -0.001], 0.005),
    ]
    angles = {
        "index_knuckle": 0.55,
        "index_middle": 0.6,
        "index_end": 0.2,
        "middle_knuckle": 0.7,
        "middle_middle": 0.9,
        "middle_end": 0.4,
        "ring_knuckle": 0.75,
        "ring_middle": 1.0,
        "ring_end": 0.5,
        "little_knuckle": 0.8,
        "little_middle": 1.1,
        "little_end": 0.6,
        "thumb_swing": 0.1,
        "thumb_knuckle": 0.2,
        "thumb_end": 0.3,
    }
    turn = rotation("y", rng.uniform(-0.5, 0.5)) @ rotation("x", rng.uniform(-0.2, 0.5))
    return Grip(angles, touches, turn)


def palm_hold(points: np.ndarray, rng: np.random.Generator) -> Grip:
    """Both rings in the palm, three fingers around them, the index along a shank."""
    joint, left, _, right, _ = points
    middle = (left + right) / 2
    shank = right + rng.uniform(0.45, 0.7) * (joint - right)
    palm = np.array([-0.004, -0.032, -0.019])
    touches = [
        Touch(_WRIST, palm, middle + [0.002, 0.004, 0.004], 0.0035),
        Touch(*pad("index"), shank + [0.003, 0, 0.002], 0.003),
        Touch(*pad("middle"), right + [-0.004, 0.014, -0.010], 0.009),
        Touch(*pad("ring"), right + [-0.006, 0.0, -0.010], 0.009),
        Touch(*pad("little"), right + [-0.008, -0.014, -0.010], 0.01),
        Touch(*pad("thumb"), left + 0.35 * (joint - left) + [-0.004, 0, 0.002], 0.004),
    ]
    angles = {
        "index_knuckle": 0.6,
        "index_middle": 0.5,
        "index_end": 0.2,
        "middle_knuckle": 1.0,
        "middle_middle": 1.4,
        "middle_end": 0.6,
        "ring_knuckle": 1.1,
        "ring_middle": 1.5,
        "ring_end": 0.7,
        "little_knuckle": 1.1,
        "little_middle": 1.5,
        "little_end": 0.7,
        "thumb_swing": 0.2,
        "thumb_knuckle": 0.2,
        "thumb_end": 0.2,
    }
    turn = rotation("y", rng.uniform(-0.9, 0.5)) @ rotation("x", rng.uniform(-0.1, 0.4))
    return Grip(angles, touches, turn, turn_free=0.3)


def pencil_hold(points: np.ndarray, rng: np.random.Generator) -> Grip:
    """Thumb and index on the arms, the middle finger below.

    The rear half leans into the web of the thumb, or steeper, on the root of the index finger:
    then its end stands free above the hand.

    Args:
        points: (5, 3) handle end, left arm, left tip, right arm, right tip.
    """
    end, left_arm, left_tip, right_arm, right_tip = points
    length = np.linalg.norm((left_tip + right_tip) / 2 - end)
    share = rng.uniform(0.38, 0.62)

    def on_arm(arm, tip, share):
        return np.array(
            [np.interp(share, [0, 0.5, 1], [end[k], arm[k], tip[k]]) for k in range(3)]
        )

    ahead = share + 0.008 / length
    middle = on_arm(left_arm, left_tip, share) * [0, 1, 0]
    steep = bool(rng.random() < _STEEP_SHARE)
    if steep:
        behind = [0, rng.uniform(0.045, 0.06), 0.002]
        rest = Touch(bone("index", 0), np.array([-0.011, 0.003, -0.008]), middle - behind, 0.003)
    else:
        web = np.array([-0.030, -0.008, -0.004])
        rest = Touch(_WRIST, web, middle - [0, 0.085, 0.002], 0.003)
    touches = [
        Touch(*pad("thumb"), on_arm(left_arm, left_tip, share) + [-0.001, 0, 0], 0.002),
        Touch(*pad("index"), on_arm(right_arm, right_tip, ahead) + [0.001, 0, 0], 0.002),
        Touch(
            bone("middle", 2),
            np.array([-0.006, -0.003, -0.006]),
            on_arm(right_arm, right_tip, ahead) + [0.002, 0.004, -0.008],
            0.004,
        ),
        rest,
    ]
    angles = {
        "index_knuckle": 0.75,
        "index_middle": 0.4,
        "index_end": 0.1,
        "middle_knuckle": 0.8,
        "middle_middle": 0.6,
        "middle_end": 0.2,
        "ring_knuckle": 0.85,
        "ring_middle": 0.9,
        "ring_end": 0.4,
        "little_knuckle": 0.9,
        "little_middle": 1.0,
        "little_end": 0.5,
        "thumb_swing": 0.1,
        "thumb_knuckle": 0.15,
        "thumb_end": 0.1,
    }
    raised = rng.uniform(0.9, 1.4) if steep else rng.uniform(0.4, 0.75)
    turn = rotation("y", rng.uniform(0.7, 1.4)) @ rotation("x", raised)
    return Grip(angles, touches, turn, turn_free=0.5)
