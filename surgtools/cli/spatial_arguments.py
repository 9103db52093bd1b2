"""The flags that tell of camera and instruments, where a command measures in space."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from surgtools.errors import InputError

if TYPE_CHECKING:
    from surgtools.camera import Camera
    from surgtools.spatial.instrument_model import SpatialModel


def add_spatial_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """``--camera`` and ``--model-3d``; ``space_of`` reads them."""
    parser.add_argument(
        "--camera",
        type=Path,
        metavar="JSON",
        help="intrinsics of the camera, for millimeters: width, height, fx, fy, cx, cy",
    )
    parser.add_argument(
        "--model-3d",
        type=Path,
        action="append",
        metavar="FILE",
        help="an instrument in space, as `generate inspect MODEL --skeleton FILE` writes it; once "
        "for each category",
    )


def space_of(args: argparse.Namespace) -> "tuple[Camera | None, list[SpatialModel]]":
    """Camera and models that the flags name.

    Raises:
        InputError: one without the other, or a file that is none.
    """
    from surgtools.camera import read_camera
    from surgtools.spatial.instrument_model import read_spatial_model

    camera, models = getattr(args, "camera", None), getattr(args, "model_3d", None) or []
    if (camera is None) != (not models):
        lacking = "--camera" if camera is None else "--model-3d"
        raise InputError(
            f"{lacking} is missing: millimeters need a camera and an instrument model"
        )
    if camera is None:
        return None, []
    return read_camera(camera), [read_spatial_model(path) for path in models]
