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
    assert index.find_videos(["videos/5.mp4", "videos/6.mp4"]) == {"videos/5.mp4": "5"}
    assert index.find_frame("5", 7)["id"] == 3
    assert index.find_frame("5", 8) is None


def test_of_two_pictures_with_the_name_of_one_image_the_nearer_one_counts():
    index = PictureIndex({"images": [{"id": 1, "file_name": "a/x.jpg"}]})
    found = index.find_all(["p/b/x.jpg", "p/a/x.jpg", "p/a/x.jpg", "p/a/y.jpg"])
    assert {name: image["id"] for name, image in found.items()} == {"p/a/x.jpg": 1}
    with pytest.raises(InputError, match="p/b/x.jpg and p/c/x.jpg .* both be the image a/x.jpg"):
        index.find_all(["p/b/x.jpg", "p/c/x.jpg"])
    found = PictureIndex({"images": [{"id": 1, "file_name": "x.jpg"}]}).find_all(
        ["b/x.jpg", "x.jpg"]
    )
    assert list(found) == ["x.jpg"]


def test_of_two_videos_with_the_name_of_one_the_nearer_one_counts():
    def found(video_id, *videos):
        image = {"id": 1, "file_name": "x.jpg", "video_id": video_id, "frame_id": 0}
        return PictureIndex({"images": [image]}).find_videos(videos)

    assert found("a/clip", "p/b/clip.mp4", "p/a/clip.mp4") == {"p/a/clip.mp4": "a/clip"}
    assert found("clip.mp4", "clip.avi", "p/clip.mp4") == {"p/clip.mp4": "clip.mp4"}
    with pytest.raises(InputError, match="a/clip.mp4 and b/clip.mp4 .* both be the video clip"):
        found("clip", "a/clip.mp4", "b/clip.mp4")


def test_a_video_that_means_two_needs_its_folders():
    images = [
        {"id": i, "file_name": f"{i}.jpg", "video_id": f"{name}/clip", "frame_id": 0}
        for i, name in enumerate("ab")
    ]
    index = PictureIndex({"images": images})
    assert index.find_videos(["/p/b/clip.mp4"]) == {"/p/b/clip.mp4": "b/clip"}
    with pytest.raises(InputError, match="clip.mp4: the videos a/clip, b/clip of the ground"):
        index.find_videos(["clip.mp4"])
