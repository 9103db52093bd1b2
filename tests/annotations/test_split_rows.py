"""The rows of a file keep their text, and each group knows what it holds."""

import json

from surgtools.annotations.grouping import BY_VIDEO
from surgtools.annotations.split_rows import read_rows


def test_each_group_counts_its_pictures_instances_and_keypoints(content, tmp_path):
    content["images"].append({"id": 7, "file_name": "empty.jpg", "width": 9, "height": 9})
    content["images"][-1]["video_id"] = 1
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    rows = read_rows(path, BY_VIDEO)
    # three frames a video; a holder has one hidden keypoint, tweezers one hidden and one absent
    assert rows.feature_names[2:4] == ["needle_holder", "tweezers"]
    by_name = [dict(zip(rows.feature_names, row, strict=True)) for row in rows.features().values()]
    assert [row["images"] for row in by_name] == [3, 4]
    assert [row["empty images"] for row in by_name] == [0, 1]
    assert [row["hidden keypoints"] for row in by_name] == [6, 6]
    assert [row["visible keypoints"] for row in by_name] == [21, 21]
    assert [json.loads(text) for _, text in rows.annotations] == content["annotations"]
