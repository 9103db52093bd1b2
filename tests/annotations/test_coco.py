"""The builder writes what the strict loader accepts; the loader names what is wrong."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from surgtools.annotations.coco import CocoBuilder, check_content, load_coco
from surgtools.errors import InputError
from surgtools.taxonomy import Category


def test_builder_derives_area_and_num_keypoints_and_clears_unlabelled_places():
    builder = CocoBuilder()
    image_id = builder.add_image("a.jpg", 100, 50)
    keypoints = [[1, 2, 2], [3, 4, 1], [5, 6, 0], [7, 8, 2], [9, 10, 2]]
    builder.add_annotation(image_id, 1, keypoints, [1, 2, 10.5, 4])
    annotation = builder.annotations[0]
    assert annotation["num_keypoints"] == 4
    assert annotation["area"] == 42.0
    assert annotation["keypoints"][6:9] == [0.0, 0.0, 0]


def test_what_the_builder_writes_is_read_by_the_loader_and_by_pycocotools(content, tmp_path):
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(content))
    assert load_coco(path) == content
    coco = COCO(str(path))
    assert len(coco.getAnnIds(catIds=[2])) == 6
    assert coco.loadCats(1)[0]["skeleton"] == [[1, 2], [1, 4], [1, 3], [1, 5]]


def test_builder_takes_foreign_instruments():
    instrument = Category(7, "clamp", ("left_tip", "right_tip"), (), (), (), ())
    builder = CocoBuilder(instruments=[instrument])
    builder.add_annotation(builder.add_image("a", 9, 9), 7, np.ones((2, 3)), [0, 0, 3, 3])
    assert [c["name"] for c in builder.to_dict()["categories"]] == ["clamp"]


def test_builder_refuses_wrong_counts_and_visibility():
    builder = CocoBuilder()
    with pytest.raises(InputError, match=r"needs \(5, 3\)"):
        builder.add_annotation(1, 1, np.zeros((4, 3)), [0, 0, 1, 1])
    with pytest.raises(InputError, match="0, 1 or 2 is expected"):
        builder.add_annotation(1, 1, np.full((5, 3), 3), [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(images=3), "list `images` is missing"),
        (lambda c: c["images"].append(7), "entry 6 of `images`: image 7 is no object"),
        (
            lambda c: c["images"].append(c["images"][0]),
            "image id 1 occurs twice; give every image an id of its own; .* cannot be told apart",
        ),
        (lambda c: c["images"][0].pop("width"), "image 1: width is missing"),
        (lambda c: c["categories"].append("x"), "category 'x' needs an id and a name"),
        (
            lambda c: c["categories"].append(c["categories"][0]),
            "category 1 needle_holder occurs twice; keep one of them$",
        ),
        (lambda c: c["categories"][0].update(name="clamp"), "'clamp' is unknown"),
        (lambda c: c["categories"][0].update(id=4), "has id 4, expected 1"),
        (
            lambda c: c["categories"][0]["keypoints"].reverse(),
            "category needle_holder orders keypoints",
        ),
        (
            lambda c: c["annotations"][0].update(image_id=[1]),
            r"annotation 1, .*image_id \[1\]; a whole number",
        ),
        (
            lambda c: c["annotations"][0]["keypoints"].pop(),
            "annotation 1, image 1: 4.66667 keypoints",
        ),
        (lambda c: c["annotations"][0].update(bbox=None), "bbox None"),
        (lambda c: c["annotations"][0].update(bbox=[0, 0, 0, 5]), "width and height above 0"),
        (lambda c: c["annotations"][0].update(bbox=[0, 0, "1", 5]), "four finite numbers"),
        (
            lambda c: c["annotations"][0]["keypoints"].__setitem__(2, 7),
            r"visibility \[7, 2, 1, 2, 2\]; 0, 1 or 2",
        ),
        (lambda c: c["images"][0].update(id="1"), "id '1' is text, other image ids are numbers"),
        (
            lambda c: c["images"][0].update(width=float("inf")),
            "width inf; a number of pixels above 0",
        ),
        (lambda c: c["images"][0].update(file_name=None), "image 1: file_name None"),
        (
            lambda c: c["images"][0].update(layer={}),
            "layer {}; the name of a picture is expected, or no layer",
        ),
        (lambda c: c["annotations"][0].update(bbox=[0, 0, 10**400, 5]), "four finite numbers"),
        (lambda c: c["annotations"][0].update(area="x"), "annotation 1, image 1: area 'x'"),
        (lambda c: c["annotations"][0].update(area=-1), "a number from 0 on"),
        (lambda c: c["annotations"][0].update(iscrowd="x"), "iscrowd 'x'; 0 or 1"),
        (lambda c: c["annotations"][0].update(iscrowd=None), "iscrowd None; 0 or 1"),
        *(
            (
                lambda c, mask=mask: c["annotations"][0].update(segmentation=mask),
                "segmentation .* is expected",
            )
            for mask in (
                *(5, "x", [5], [[1, 2, 3]], [[1, "x"]], [[1, float("nan")]]),
                *({}, {"size": 5, "counts": "x"}, {"size": [4, 4], "counts": [-1]}),
            )
        ),
    ],
)
def test_loader_stops_at_what_would_make_a_number_wrong(content, change, message):
    change(content)
    with pytest.raises(InputError, match=message) as caught:
        check_content(content, "train.json")
    assert str(caught.value).startswith("train.json: ")


def test_fields_that_may_be_left_out_may_be_empty_too(content):
    content["images"][0] |= {"layer": None}
    del content["annotations"][0]["area"], content["annotations"][0]["iscrowd"]
    masks = (None, [], [[1, 2.5, 3, 4]], {"size": [4, 4], "counts": "x"})
    for annotation, mask in zip(content["annotations"], masks, strict=False):
        annotation["segmentation"] = mask
    content["annotations"][4]["segmentation"] = {"size": [4, 4], "counts": [3, 13]}
    assert check_content(content, "train.json") is None
