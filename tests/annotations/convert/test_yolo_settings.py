"""Settings of YOLO-pose data sets as people and exporters write them."""

import pytest
import yaml

from surgtools.annotations.convert.yolo_settings import read_settings
from surgtools.errors import InputError

GOOD = {
    "train": "images/train",
    "kpt_shape": [3, 3],
    "names": {0: "hook", 1: "clamp"},
    "kpt_names": {0: ["tip", "left", "right"], 1: ["left", "right"]},
}


def settings(folder, **change):
    (folder / "data.yaml").write_text(yaml.safe_dump({**GOOD, **change}))
    return read_settings(folder / "data.yaml")


@pytest.mark.parametrize(
    "names", [["hook", "clamp"], {0: "hook", "1": "clamp"}, {"1": "clamp", "0": "hook"}], ids=repr
)
def test_numbers_of_classes_may_be_text(names, tmp_path):
    assert settings(tmp_path, names=names).labels == {
        "hook": ["tip", "left", "right"],
        "clamp": ["left", "right"],
    }


def test_one_list_of_keypoints_is_that_of_every_class(tmp_path):
    found = settings(tmp_path, kpt_names=["a", "b", "c"]).labels
    assert found == {"hook": ["a", "b", "c"], "clamp": ["a", "b", "c"]}


def test_places_are_relative_to_path(tmp_path):
    (tmp_path / "set/images").mkdir(parents=True)
    found = settings(tmp_path, path="set", train="images", val=["images", "more"])
    assert found.folders("train", False) == [tmp_path / "set/images"]
    assert found.folders("val", False) == [tmp_path / "set/images", tmp_path / "set/more"]
    assert found.folders("test", False) == []


def test_data_set_that_was_moved_is_found_beside_its_settings(tmp_path):
    found = settings(tmp_path, path="/content/datasets/elsewhere")
    assert found.folders("train", False) == [tmp_path / "images/train"]


def test_roboflow_counts_from_a_folder_that_is_not_there(tmp_path):
    (tmp_path / "set/train/images").mkdir(parents=True)
    found = settings(tmp_path / "set", train="../train/images")
    assert found.folders("train", False) == [tmp_path / "set/train/images"]


@pytest.mark.parametrize(
    "change", [{"path": ".."}, {"path": "{}"}, {"train": "../out"}, {"train": "{}/out"}], ids=repr
)
def test_places_outside_need_permission(change, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "out").mkdir()
    change = {key: value.format(tmp_path) for key, value in change.items()}
    found = settings(tmp_path / "set", **change)
    with pytest.raises(InputError, match=r"data\.yaml: .*--allow-outside"):
        found.folders("train", False)
    assert len(found.folders("train", True)) == 1


def test_a_file_of_another_kind_is_named_as_such(tmp_path):
    """JSON is YAML, too; and the settings of other YOLO data sets look alike."""
    (tmp_path / "coco.json").write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(InputError, match=r"coco\.json: holds no settings of a YOLO data set, n"):
        read_settings(tmp_path / "coco.json")
    with pytest.raises(InputError, match="kpt_shape is missing, so its labels are boxes without"):
        settings(tmp_path, kpt_shape=None)


@pytest.mark.parametrize(
    "change",
    [
        {"kpt_shape": [3]},
        {"kpt_shape": [3, 4]},
        {"kpt_shape": [10**9, 3]},
        {"kpt_shape": [3, 3.0]},
        {"kpt_shape": [True, 3]},
        {"names": None},
        {"names": []},
        {"names": {0: "a", 2: "b"}},
        {"names": {0: "a", "0": "b"}},
        {"names": {0: "a", "x": "b"}},
        {"names": {0: "a", None: "b"}},
        {"names": ["a", "a"]},
        {"names": ["a", None]},
        {"names": ["a", ["b"]]},
        {"kpt_names": 3},
        {"kpt_names": {0: "tip"}},
        {"kpt_names": {0: ["a", "a"]}},
        {"kpt_names": {0: ["a", "b", "c", "d"]}},
        {"kpt_names": {0: [None]}},
    ],
    ids=repr,
)
def test_settings_that_mean_nothing_are_refused_in_one_line(change, tmp_path):
    with pytest.raises(InputError, match=r"data\.yaml: ") as caught:
        settings(tmp_path, **change)
    assert next(iter(change)).split("_")[0] in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [3, {"a": 1}, ["a", 3], [None]], ids=repr)
def test_a_place_that_is_no_name_is_refused(value, tmp_path):
    with pytest.raises(InputError, match=r"data\.yaml: train: "):
        settings(tmp_path, train=value).folders("train", False)


@pytest.mark.parametrize(
    "text",
    ["", "- 1", "[", "a: !!float ''", "a: !!int ''", "a: 2020-99-99", "? [", "[" * 5000, "\x00"],
    ids=lambda text: repr(text[:20]),
)
def test_text_that_is_no_table_of_yaml_is_refused(text, tmp_path):
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(InputError, match=r"data\.yaml: ") as caught:
        read_settings(tmp_path / "data.yaml")
    assert "\n" not in str(caught.value)


def test_lists_that_repeat_themselves_do_not_fill_the_memory(tmp_path):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    rows += ["kpt_shape: [3, 3]", "names: *a11"]
    (tmp_path / "data.yaml").write_text("\n".join(rows))
    with pytest.raises(InputError, match="name of a class"):
        read_settings(tmp_path / "data.yaml")
