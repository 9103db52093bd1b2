"""What the host libraries need before they run on today's torch and numpy.

Importing this package, which must happen before ``mmcv.ops``, ``mmdet`` or ``mmpose`` are, puts in
place

- ``operators``: the compiled ops of mmcv that the models call, on ``torchvision.ops``;
- ``compat_xtcocotools``: ``xtcocotools`` on ``pycocotools`` where its binary does not fit numpy;
- ``safe_loading``: checkpoints load with ``weights_only=True`` and are never unpickled silently;
- ``quiet``: known harmless start-up warnings of the hosts are not shown;
- ``numba_cache``: a folder for numba where it can write neither beside its code nor at home.

Each part does nothing where the real thing works, and calling it twice changes nothing.
"""

from surgtools.hosts import xtcocotools as compat_xtcocotools
from surgtools.hosts.compat import numba_cache, operators, quiet, safe_loading


def install() -> None:
    """Put every part in place; safe to call more than once."""
    quiet.install()
    numba_cache.install()
    operators.install()
    compat_xtcocotools.install()
    safe_loading.install()


install()
