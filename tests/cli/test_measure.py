import json
from pathlib import Path

import pytest

from surgtools.cli import main
from surgtools.taxonomy import SURGICAL


@pytest.mark.parametrize("text", ["{}", '{"instance_info": [], "meta_info": {"categories": []}}'])
def test_a_file_without_tracks_is_one_line(tmp_path, capsys, text):
    (tmp_path / "p.json").write_text(text)
    assert main(["measure", str(tmp_path / "p.json"), "--out-dir", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "p.json: " in line
    assert not (tmp_path / "out").exists()


def measure(folder: Path, second: str) -> int:
    """Measure a holder that has millimeters, and a second instrument that has none."""
    tips = {"left_tip": [0, 0, 500], "right_tip": [5, 0, 500]}
    holder = {"category_name": "needle_holder", "track_id": 3, "spatial": {"tips_mm": tips}}
    other = {"category_name": second, "track_id": 9, "spatial": {"gap_per_length": 0.1}}
    for entry in (holder, other):
        entry["keypoints"] = [[n, n] for n in range(5)]
    frames = [{"video": "a.mp4", "time_s": n / 25, "instances": [holder, other]} for n in range(9)]
    clamp = {"id": 3, "name": "clamp", "keypoints": ["left_jaw", "right_jaw"]}
    meta = {"categories": [*SURGICAL.to_coco_categories(), clamp]}
    (folder / "p.json").write_text(json.dumps({"meta_info": meta, "instance_info": frames}))
    return main(["measure", str(folder / "p.json"), "--out-dir", str(folder / "out")])


def test_instruments_without_millimeters_are_named(tmp_path, capsys):
    assert measure(tmp_path, "tweezers") == 0
    shown = capsys.readouterr()
    line = "2 tracks, lengths in mm; 1 have none and are in px: tweezers 9 -> "
    assert shown.out.startswith(line) and not shown.err


def test_instruments_without_tips_are_named(tmp_path, capsys):
    assert measure(tmp_path, "clamp") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "warning" in line and "clamp is left out: no keypoint of it is called tip" in line
