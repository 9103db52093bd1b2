import json

import cv2
import numpy as np

from surgtools.cli import main


def named(models: dict[str, str]) -> list[str]:
    return [a for k, v in models.items() for a in (f"--{k.replace('_', '-')}", v)]


def test_export_writes_a_folder_and_compares_it_with_torch(random_models, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((64, 64, 3), 90, np.uint8))
    out = tmp_path / "onnx"
    args = ["export", "--out-dir", str(out), *named(random_models), "--rtmlib"]
    assert main([*args, "--check", str(tmp_path / "a.png")]) in (0, 1)
    assert sorted(p.name for p in out.iterdir()) == [
        "detector.onnx",
        "meta.json",
        "pose.onnx",
        "pose_rtmlib.onnx",
    ]
    assert json.loads((out / "meta.json").read_text())["made_from"]["pose2d"].endswith(".py")
    assert '"surgtools"' in (out / "meta.json").read_text(), "another export may replace it"
    lines = capsys.readouterr().out.splitlines()
    assert "opset 17, dynamic batch" in lines[0]
    assert lines[1].startswith("against torch on 1 pictures")


def test_wrong_files_are_one_line(random_models, tmp_path, capsys):
    missing = random_models | {"det_weights": "none.pth"}
    assert main(["export", "--out-dir", str(tmp_path / "o"), *named(missing)]) == 2
    assert "none.pth: no such checkpoint file" in capsys.readouterr().err
    assert main(["export", "--out-dir", str(tmp_path / "o"), "--det-model", "nonsense"]) == 2
    assert "nonsense: no model of this name" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_meta_file_of_others_stays(tmp_path, capsys):
    (tmp_path / "meta.json").write_text('{"patients": 12}')
    assert main(["export", "--models", "fast", "--out-dir", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "meta.json: is there and is not what `export` wrote; choose another --out-dir" in line
    assert [path.name for path in tmp_path.iterdir()] == ["meta.json"]
