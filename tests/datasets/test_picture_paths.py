"""Names of a training set's pictures stay in it; its links are followed."""

import pytest

from surgtools.datasets.picture_paths import locate_layer, locate_picture
from surgtools.errors import InputError


def test_pictures_and_layers_lie_beside_the_annotations(tmp_path):
    image = {"id": 3, "file_name": "a/b.jpg", "layer": "b.png"}
    ann_file = str(tmp_path / "coco_keypoints.json")
    assert locate_picture(image, str(tmp_path / "images"), ann_file) == str(
        tmp_path / "images/a/b.jpg"
    )
    assert locate_layer(image, tmp_path / "layers") == str(tmp_path / "layers/b.png")


def test_a_linked_picture_is_followed(tmp_path):
    (tmp_path / "set/images").mkdir(parents=True)
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "set/images/a.jpg").symlink_to(tmp_path / "a.jpg")
    image = {"id": 3, "file_name": "a.jpg"}
    found = locate_picture(image, str(tmp_path / "set/images"), "a.json")
    assert found == str(tmp_path / "set/images/a.jpg")


@pytest.mark.parametrize("name", ["../../a.jpg", "/a.jpg", "a\0"])
def test_names_that_lead_out_are_refused(name, tmp_path):
    image = {"id": 3, "file_name": name, "layer": name}
    with pytest.raises(InputError, match=r"a\.json: image 3"):
        locate_picture(image, str(tmp_path / "set/images"), "a.json")
    with pytest.raises(InputError, match="layers: layer of image 3"):
        locate_layer(image, tmp_path / "layers")
