"""Names in a prediction file to images of the ground truth."""

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.readers.picture_index import PictureIndex

TRUTH = {
    "images": [
        {"id": 1, "file_name": "a/x.jpg"},
        {"id": 2, "file_name": "b/x.jpg"},
        {"id": 3, "file_name": "y.jpg", "video_id": 5, "frame_id": 7},
    ]
}


def test_folders_may_differ_unless_needed():
    index = PictureIndex(TRUTH)
    assert index.find("/elsewhere/y.jpg")["id"] == 3
    assert index.find("C:\\data\\b\\x.jpg")["id"] == 2
    assert index.find("z.jpg") is None
    assert index.find("c/x.jpg") is None
    with pytest.raises(InputError, match="2 images"):
        index.find("x.jpg")


def test_stems_for_text_files():
    assert PictureIndex(TRUTH, by_stem=True).find("labels/y.txt")["id"] == 3


def test_frames_of_videos():
    index = PictureIndex(TRUTH)
    assert index.find_frame("videos/5.mp4", 7)["id"] == 3
    assert index.find_frame("videos/5.mp4", 8) is None
