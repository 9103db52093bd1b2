"""Merging loses nothing, is associative up to ids, and knows what is the same."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surgtools.annotations.coco import CocoBuilder, check_content
from surgtools.annotations.merge import merge_files
from surgtools.errors import InputError
from surgtools.metainfo import INSTRUMENTS


def facts(content: dict) -> list:
    """Everything but the ids: each annotation with its picture and its origin."""
    names = {category["id"]: category["name"] for category in content["categories"]}
    images = {image["id"]: image for image in content["images"]}
    origins = content["info"]["merged_from"]

    def plain(row: dict, *drop: str) -> dict:
        kept = {k: v for k, v in row.items() if k not in {"id", "video_id", *drop}}
        return {**kept, "source": (origins[row["source"][0]], row["source"][1])}

    return sorted(
        (
            json.dumps(
                [
                    plain(images[a["image_id"]]),
                    names[a["category_id"]],
                    plain(a, "image_id", "category_id"),
                ],
                sort_keys=True,
            )
            for a in content["annotations"]
        ),
    )


@st.composite
def contents(draw) -> dict:
    """A small content whose pictures overlap those of other ones by name."""
    builder = CocoBuilder()
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=4))
    for name in names:
        image_id = builder.add_image(f"{name}.jpg", 64, 48, video_id=draw(st.integers(0, 2)))
        for _ in range(draw(st.integers(0, 3))):
            category_id = draw(st.sampled_from([i.id for i in INSTRUMENTS]))
            v = draw(st.lists(st.integers(0, 2), min_size=5, max_size=5))
            x = draw(st.integers(0, 5))
            keypoints = np.array([[x + n, 2 * n, v[n]] for n in range(5)], dtype=float)
            builder.add_annotation(image_id, category_id, keypoints, [x, 0, 10, 10])
    return builder.to_dict()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(a=contents(), b=contents(), c=contents())
def test_merge_is_associative_up_to_ids_and_loses_nothing(merged, a, b, c):
    together = merged(a=a, b=b, c=c)
    left = merged(ab=merged(a=a, b=b), c=c)
    right = merged(a=a, bc=merged(b=b, c=c))
    assert facts(together) == facts(left) == facts(right)
    assert together["info"]["merged_from"] == ["a", "b", "c"]
    check_content(together, "merged")
    kept = {(a_["category_id"], *a_["keypoints"], *a_["bbox"]) for a_ in together["annotations"]}
    for part in (a, b, c):
        for annotation in part["annotations"]:
            key = (annotation["category_id"], *annotation["keypoints"], *annotation["bbox"])
            assert key in kept
    assert {i["file_name"] for i in together["images"]} == {
        i["file_name"] for part in (a, b, c) for i in part["images"]
    }


def test_a_merge_says_how_many_rows_it_wrote(make_content, tmp_path):
    parts = [make_content(1, 2), make_content(1, 3, prefix="other")]
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, part in zip(paths, parts, strict=True):
        path.write_text(json.dumps(part))
    summary = merge_files(paths, tmp_path / "m.json")
    content = json.loads((tmp_path / "m.json").read_text())
    assert content["info"]["merged_from"] == [str(path) for path in paths]
    assert (len(content["images"]), len(content["annotations"])) == (5, 10)
    assert (summary.images, summary.annotations) == (5, 10)
    check_content(content, "merged")


def test_annotations_of_a_box_only_category_need_no_keypoints(tmp_path):
    paths = []
    for name in ("a", "b"):
        content = {
            "categories": [{"id": 1, "name": "swab"}],
            "images": [{"id": 1, "file_name": f"{name}.png", "width": 64, "height": 48}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40]}],
        }
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(content))
    merge_files(paths, tmp_path / "m.json")
    merged = json.loads((tmp_path / "m.json").read_text())
    assert [(row["image_id"], row["bbox"]) for row in merged["annotations"]] == [
        (1, [1, 2, 30, 40]),
        (2, [1, 2, 30, 40]),
    ]


def test_same_picture_gets_the_annotations_of_both_files_once(make_content, merged):
    a, b = make_content(1, 1), make_content(1, 1)
    b["annotations"][1]["bbox"] = [100, 18, 30, 74]
    both = merged(a=a, b=b)
    assert len(both["images"]) == 1
    assert [x["source"] for x in both["annotations"]] == [[0, 1], [0, 2], [1, 2]]


def test_boxes_that_say_nothing_of_keypoints_are_joined(make_content, merged):
    contents = [make_content(prefix="a"), make_content(prefix="b")]
    for content in contents:
        content["categories"].append({"id": 7, "name": "drape"})
        image = content["images"][0]["id"]
        row = {"id": 99, "image_id": image, "category_id": 7, "bbox": [4, 6, 20, 10]}
        content["annotations"].append(row)
    both = merged(**dict(zip("ab", contents, strict=True)))
    (drape,) = (row["id"] for row in both["categories"] if row["name"] == "drape")
    boxes = [row["bbox"] for row in both["annotations"] if row["category_id"] == drape]
    assert boxes == [[4, 6, 20, 10]] * 2


def test_numbered_videos_of_different_files_stay_different(make_content, merged):
    both = merged(a=make_content(2, 1), b=make_content(2, 1, prefix="other"))
    assert [image["video_id"] for image in both["images"]] == [0, 1, 2, 3]


def test_empty_pictures_are_dropped_on_request(content, merged):
    content["images"].append({"id": 50, "file_name": "empty.jpg", "width": 9, "height": 9})
    assert len(merged(a=content)["images"]) == 7
    assert len(merged(a=content, drop_empty=True)["images"]) == 6


def test_different_pictures_of_one_name_are_told_apart_by_content(make_content, tmp_path):
    files = []
    for shade in (10, 200):
        folder = tmp_path / f"set{shade}"
        (folder / "images" / "clip0").mkdir(parents=True)
        picture = np.full((100, 200, 3), shade, np.uint8)
        cv2.imwrite(str(folder / "images/clip0/frame_0000.jpg"), picture)
        files.append(folder / "coco.json")
        files[-1].write_text(json.dumps(make_content(1, 1)))
    with pytest.raises(InputError, match="another picture than the one of that name"):
        merge_files(files, tmp_path / "m.json")
    assert not (tmp_path / "m.json").exists()
    summary = merge_files(files, tmp_path / "all" / "m.json", pictures="link")
    assert list(summary.renamed.values()) == ["clip0/frame_0000_2.jpg"]
    merged = json.loads((tmp_path / "all/m.json").read_text())
    shades = [
        cv2.imread(str(tmp_path / "all/images" / image["file_name"])).mean().round()
        for image in merged["images"]
    ]
    assert shades == [10, 200]


def test_layers_follow_their_pictures(make_content, tmp_path):
    files = []
    for shade in (10, 200):
        folder = tmp_path / f"set{shade}"
        content = make_content(1, 1)
        content["images"][0].update(file_name="0.jpg", layer="0.png")
        for name in ("images/0.jpg", "layers/0.png"):
            (folder / name).parent.mkdir(parents=True)
            cv2.imwrite(str(folder / name), np.full((100, 200, 3), shade, np.uint8))
        files.append(folder / "coco.json")
        files[-1].write_text(json.dumps(content))
    merge_files(files, tmp_path / "all" / "m.json", pictures="link")
    images = json.loads((tmp_path / "all/m.json").read_text())["images"]
    assert [image["layer"] for image in images] == ["0.png", "0_2.png"]
    shades = [cv2.imread(str(tmp_path / "all/layers" / i["layer"])).mean() for i in images]
    assert shades == [10, 200]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["images"][0].pop("width"), "needs id, file_name, width and height"),
        (lambda c: c["images"].append(c["images"][0]), "image id 1 occurs twice"),
        (lambda c: c["annotations"][0].pop("keypoints"), "annotation 1 is broken"),
        (lambda c: c["annotations"][0].update(image_id=77), "annotation 1 is broken"),
        (lambda c: c["annotations"].append(5), "annotation 5 is broken"),
        (lambda c: c["categories"].append({"id": 3}), "needs an id and a name"),
        (lambda c: c["categories"][0]["keypoints"].pop(), "category needle_holder lists"),
    ],
)
def test_what_cannot_be_carried_over_is_named_and_nothing_is_written(
    content, change, message, tmp_path
):
    change(content)
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=message) as caught:
        merge_files([tmp_path / "bad.json"], tmp_path / "m.json")
    assert "bad.json" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]


def test_pictures_left_out_because_they_are_empty_are_counted(make_content, tmp_path):
    content = make_content(videos=1, frames=3)
    empty = content["images"][0]["id"]
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] != empty]
    (tmp_path / "a.json").write_text(json.dumps(content))
    kept = merge_files([tmp_path / "a.json"], tmp_path / "m.json")
    assert (kept.images, kept.dropped_images) == (3, 0)
    dropped = merge_files([tmp_path / "a.json"], tmp_path / "n.json", drop_empty=True)
    assert (dropped.images, dropped.dropped_images) == (2, 1)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_value_anywhere_is_merged_or_refused(make_content, merged, data):
    content = make_content(videos=1, frames=2)
    table = data.draw(st.sampled_from(["images", "annotations", "categories"]))
    row = data.draw(st.integers(0, len(content[table]) - 1))
    value = st.none() | st.integers() | st.text(max_size=2) | st.lists(st.integers(), max_size=2)
    if data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(content[table][row])))
        content[table][row][key] = data.draw(value)
    else:
        content[table][row] = data.draw(value)
    try:
        both = merged(a=content, b=make_content(videos=1, frames=1))
    except InputError:
        return
    # 4 + 2, of which 2 are the same, unless the change tells them or their pictures apart
    assert 4 <= len(both["annotations"]) <= 6
