"""Label a layout without rendering it: for networks that read keypoints and see no picture.

The layout is the one that a rendered frame of the same seed begins with. Nothing is hidden, since
hands, occluders and the instruments' own metal are not looked at: what lies in the picture counts
as seen.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from data_gen.assets import Assets
from data_gen.bodies import Body
from data_gen.labels import box_inside, build_annotation, label_keypoints
from data_gen.scene import Scene, sample_layout


def label_layout(
    seeds: list[int], preset: SimpleNamespace, assets: Assets
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Fields of ``images[]``, and the arguments of ``CocoBuilder.add_annotation``.

    Annotations have no segmentation.

    Args:
        seeds: whole numbers that name this frame and no other.
    """
    scene, _ = sample_layout(np.random.default_rng(seeds), preset, assets)
    labelled = [
        label_body(scene, body, np.ones(len(body.keypoints_world()), dtype=bool))
        for body in scene.instruments
    ]
    camera = scene.camera
    image = {"width": camera.width, "height": camera.height, "camera": camera.to_dict()}
    return image, [annotation for annotation in labelled if annotation is not None]


def label_body(
    scene: Scene, body: Body, seen: np.ndarray, mask: np.ndarray | None = None
) -> Mapping[str, Any] | None:
    """The arguments of ``CocoBuilder.add_annotation``; None for one outside the picture.

    Args:
        seen: (k,) bool, which keypoints the camera sees.
        mask: (H, W) bool, its visible pixels, where the scene was rendered.
    """
    camera = scene.camera
    bbox = box_inside(scene.pixels(body.vertices()), body.edges(), camera.width, camera.height)
    if bbox[2:].min() <= 0:
        return None
    points = scene.to_camera(body.keypoints_world())
    keypoints, order = label_keypoints(points, seen, body.model.category, camera)
    return build_annotation(
        category_id=body.category_id,
        keypoints=keypoints,
        points=points[order],
        bbox=bbox,
        mask=mask,
        pose=np.linalg.inv(scene.to_world) @ body.pose,
        opening=body.opening,
    )
