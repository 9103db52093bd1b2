"""A small sound data set in memory: two videos of three frames, both categories in each frame."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.merge import merge_files

# Upright instruments in a picture of 200 x 100 pixels: x, y, v in own order, and xywh boxes.
NEEDLE_HOLDER = [[50, 60, 2], [40, 90, 2], [47, 20, 1], [60, 90, 2], [53, 20, 2]]
TWEEZERS = [[120, 90, 2], [115, 55, 1], [112, 20, 2], [125, 55, 2], [0, 0, 0]]
BOXES = {1: [38, 18, 24, 76], 2: [110, 18, 20, 74]}


@pytest.fixture
def make_content() -> Callable[..., dict]:
    """``make_content(videos=2, frames=3)`` returns fresh content; every frame is shifted by 1."""

    def make(videos: int = 2, frames: int = 3, prefix: str = "clip") -> dict:
        builder = CocoBuilder({"description": "tests"})
        for video in range(videos):
            for frame in range(frames):
                name = f"{prefix}{video}/frame_{frame:04d}.jpg"
                image_id = builder.add_image(name, 200, 100, video_id=video, frame_id=frame)
                for category_id, own in ((1, NEEDLE_HOLDER), (2, TWEEZERS)):
                    keypoints = np.array(own, dtype=float)
                    keypoints[:, 0] += frame + 5 * video
                    x, y, width, height = BOXES[category_id]
                    box = [x + frame + 5 * video, y, width, height]
                    builder.add_annotation(
                        image_id, category_id, keypoints, box, track_id=category_id
                    )
        return builder.to_dict()

    return make


@pytest.fixture
def content(make_content: Callable[..., dict]) -> dict:
    """Six pictures with two instruments each; ``data check`` finds nothing to complain about."""
    return make_content()


@pytest.fixture(scope="session")
def merged(tmp_path_factory) -> Callable[..., dict]:
    """``merged(a=content, b=other)`` is what a merge of these files says, origins by their stems.

    ``drop_empty`` is that of ``merge_files``.
    """

    def merge(drop_empty: bool = False, **contents: dict) -> dict:
        folder = tmp_path_factory.mktemp("merge")
        paths = [folder / f"{name}.json" for name in contents]
        for path, content in zip(paths, contents.values(), strict=True):
            path.write_text(json.dumps(content))
        merge_files(paths, folder / "merged.json", drop_empty)
        content = json.loads((folder / "merged.json").read_text())
        content["info"]["merged_from"] = [Path(p).stem for p in content["info"]["merged_from"]]
        return content

    return merge
