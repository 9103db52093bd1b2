"""MMPose's dataset files are read without being run."""

import importlib
from pathlib import Path

import mmpose
import pytest

from surgtools.errors import InputError
from surgtools.taxonomy.dataset_info import from_dataset_info, read_dataset_info

HOST = Path(mmpose.__file__).parent / ".mim/configs/_base_/datasets"


@pytest.mark.parametrize("path", sorted(HOST.glob("*.py")), ids=lambda path: path.stem)
def test_every_file_of_the_host_gives_what_the_host_reads(path):
    importlib.import_module("surgtools.register")  # before the host
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    theirs = parse_pose_metainfo({"from_file": str(path)})
    ours = from_dataset_info(read_dataset_info(path), path.name).categories[0]
    assert list(ours.keypoints) == [
        theirs["keypoint_id2name"][i] for i in range(len(ours.keypoints))
    ]
    sigmas = theirs["sigmas"] if len(theirs["sigmas"]) else [0.05] * ours.num_keypoints
    assert ours.sigmas == pytest.approx(sigmas)
    assert set(ours.skeleton_indices) == set(theirs["skeleton_links"])


def written(tmp_path, text: str) -> Path:
    path = tmp_path / "info.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "no dataset_info"),
        ("dataset_info = open('/etc/passwd')", "computed here"),
        ("dataset_info = dict(sigmas=[0.1] * 10**9)", "not read|computed"),
        ("dataset_info = dict(a=[1] * 999999999)", "not read"),
        ("dataset_info = dict(a=1 / 0)", "makes no sense"),
        ("dataset_info = (", "cannot be read as Python"),
    ],
)
def test_code_is_refused_and_not_run(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_dataset_info(written(tmp_path, text))


def test_earlier_values_are_used(tmp_path):
    text = "c = dict(a=[1, 2])\ndataset_info = dict(x=c['a'], y=[0.5] * 2, z=1.0 / 4)"
    assert read_dataset_info(written(tmp_path, text)) == {"x": [1, 2], "y": [0.5, 0.5], "z": 0.25}


def test_partners_must_not_contradict():
    rows = {
        i: {"name": n, "id": i, "swap": s}
        for i, (n, s) in enumerate([("a", "b"), ("b", "c"), ("c", "b")])
    }
    with pytest.raises(InputError, match="'a' swaps with 'b'"):
        from_dataset_info({"keypoint_info": rows}, "x.py")


def test_all_categories_of_the_data_get_the_skeleton():
    rows = {0: {"name": "eye", "id": 0}}
    categories = [{"id": 4, "name": "cat"}, {"id": 9, "name": "dog"}]
    taxonomy = from_dataset_info({"dataset_name": "zoo", "keypoint_info": rows}, "x", categories)
    assert [(c.id, c.name, c.keypoints) for c in taxonomy.categories] == [
        (4, "cat", ("eye",)),
        (9, "dog", ("eye",)),
    ]
    assert taxonomy.num_slots == 1
