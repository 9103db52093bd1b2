"""Surgical instruments and their keypoints, on MMPose and MMDetection.

Importing ``surgtools`` is instant and needs numpy only, so that the generator, the annotation
tools and ``--help`` never pay for torch. In a process that already runs MMEngine (the host's own
tools, a notebook), the import also registers the parts; ``surgtools.register`` does so explicitly.
"""

import sys

__version__ = "0.2.0"

if "mmengine" in sys.modules:
    import surgtools.register  # noqa: F401
