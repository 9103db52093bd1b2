"""Where the pictures of a training set lie; their names may not lead out of it."""

from collections.abc import Mapping
from pathlib import Path

from surgtools.safe_names import path_to_read


def locate_picture(image: Mapping, folder: str | Path, ann_file: str | Path) -> str:
    """The path of an image entry's picture.

    Args:
        image: with ``id`` and ``file_name``.
        folder: what the name is relative to.
        ann_file: for the message.

    Raises:
        InputError: the name leads out of the folder; links are followed.
    """
    where = f"{ann_file}: image {image['id']}"
    return str(path_to_read(folder, image["file_name"], where, follow_links=True))


def locate_layer(image: Mapping, folder: str | Path) -> str:
    """The path of an image entry's layer, in ``layers`` beside the annotation file.

    Raises:
        InputError: the name leads out of the folder; links are followed.
    """
    where = f"{folder}: layer of image {image['id']}"
    return str(path_to_read(folder, image["layer"], where, follow_links=True))
