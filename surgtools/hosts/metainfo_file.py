"""The skeleton file that a config of the hosts names: ``metainfo=dict(from_file=...)``."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.errors import InputError
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.files import read_taxonomy


def metainfo_file(metainfo: Mapping | None) -> Path | None:
    """Where the file lies that ``from_file`` names; None where nothing does.

    Like the host, a name that leads to nothing here is looked for in the installed MMPose.

    Raises:
        InputError: it is in neither place.

    Source: mmpose.datasets.datasets.utils.parse_pose_metainfo.
    """
    name = (metainfo or {}).get("from_file")
    if name is None:
        return None
    spec = importlib.util.find_spec("mmpose")
    homes = [Path(home) / ".mim" for home in (spec and spec.submodule_search_locations) or ()]
    for path in (Path(name), *(home / name for home in homes)):
        if path.is_file():
            return path
    raise InputError(
        f"{name}: metainfo.from_file names no file, neither here nor in MMPose; give a file with "
        "a dataset_info"
    )


def metainfo_taxonomy(metainfo: Mapping | None, ann_file: Path) -> Taxonomy | None:
    """The taxonomy of ``from_file`` for the categories of an annotation file.

    Raises:
        InputError: the file is missing, is no ``dataset_info``, or contradicts the annotations.
    """
    path = metainfo_file(metainfo)
    if path is None:
        return None
    return find_taxonomy(ann_file, path)[0] if ann_file.is_file() else read_taxonomy(path)
