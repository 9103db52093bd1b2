"""The configs of networks and the presets of the generator, which every installation has.

``configs/`` in a checkout is a link to this folder. A command that takes a config finds one of
these from any folder, by the path it has in a checkout or by its bare name.
"""

from pathlib import Path

CONFIG_DIR = Path(__file__).resolve().parent
PRESET_DIR = CONFIG_DIR / "data_gen"

_STAGES = ("detection", "pose", "one_stage", "lifting", "adaptation")


def base_config(name: str) -> str:
    """Path of a config of the package, for ``_base_`` of a config that lies anywhere else.

    Raises:
        FileNotFoundError: the package has no such config.
    """
    path = find_config(name)
    if path is None:
        raise FileNotFoundError(f"surgtools has no config {name!r}; see {CONFIG_DIR}")
    return str(path)


def find_config(name: str | Path) -> Path | None:
    """The file of a config: the one at this path, else the one of the package.

    Args:
        name: any path; or ``configs/pose/NAME.py``, ``pose/NAME.py``, ``NAME.py``, ``NAME`` for
            a config of the package.

    Returns:
        None when there is no such file.
    """
    path = Path(name)
    if path.is_file():
        return path
    parts = path.parts[1:] if path.parts[:1] == ("configs",) else path.parts
    if not parts or len(parts) > 2 or path.suffix not in ("", ".py"):
        return None
    for stage in _STAGES if len(parts) == 1 else {*parts[:1]} & {*_STAGES}:
        own = CONFIG_DIR / stage / f"{Path(parts[-1]).stem}.py"
        if own.is_file():
            return own
    return None
