"""Picture transforms for both stages.

Those that both stages use live in MMEngine's root registry, where either host finds them by bare
name. The hosts' recipes rely on albumentations for these; surgtools does not.
"""

from surgtools.datasets.transforms.compose_frame import ComposeFrame
from surgtools.datasets.transforms.instrument_flip import InstrumentFlip
from surgtools.datasets.transforms.jitter_keypoints import JitterKeypoints
from surgtools.datasets.transforms.load_instrument_image import LoadInstrumentImage
from surgtools.datasets.transforms.pack_one_stage_inputs import PackOneStageInputs
from surgtools.datasets.transforms.random_degrade import RandomDegrade
from surgtools.datasets.transforms.random_occlude import RandomOcclude
from surgtools.datasets.transforms.random_perspective import RandomPerspective
from surgtools.datasets.transforms.random_photometric import RandomPhotometric
from surgtools.datasets.transforms.random_warp import RandomWarp
from surgtools.datasets.transforms.recompose_background import RecomposeBackground
from surgtools.datasets.transforms.shrink_to_fit import ShrinkToFit
from surgtools.datasets.transforms.theatre_light import TheatreLight

__all__ = [
    "ComposeFrame",
    "InstrumentFlip",
    "JitterKeypoints",
    "LoadInstrumentImage",
    "PackOneStageInputs",
    "RandomDegrade",
    "RandomOcclude",
    "RandomPerspective",
    "RandomPhotometric",
    "RandomWarp",
    "RecomposeBackground",
    "ShrinkToFit",
    "TheatreLight",
]
