"""Images find their group by pattern, field, folder or video; those that do not are named."""

import pytest

from surgtools.annotations.grouping import GroupBy, build_grouper
from surgtools.errors import InputError

IMAGE = {"id": 4, "file_name": "or2/clip_07_frame_0012.jpg", "video_id": 3, "site": "B"}


@pytest.mark.parametrize(
    ("by", "group"),
    [
        (GroupBy(pattern=r"clip_(\d+)"), "07"),
        (GroupBy(pattern=r"clip_\d+"), "clip_07"),
        (GroupBy(field="site"), "B"),
        (GroupBy(folder=True), "or2"),
        (GroupBy(), "video 3"),
    ],
)
def test_group_of_an_image(by, group):
    assert build_grouper(by)(IMAGE) == group


def test_without_video_each_picture_is_its_own_group():
    assert build_grouper(GroupBy())({"id": 1, "file_name": "a.jpg"}) == "picture a.jpg"


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (GroupBy(pattern="("), "no regular expression"),
        (GroupBy(pattern="zzz"), "image 4 .* does not match"),
        (GroupBy(pattern="clip|(zzz)"), "does not match"),
        (GroupBy(field="hospital"), "has no field 'hospital'"),
        (GroupBy(field="a", folder=True), "not by several"),
    ],
)
def test_images_without_a_group_are_named(by, message):
    with pytest.raises(InputError, match=message):
        build_grouper(by)(IMAGE)
