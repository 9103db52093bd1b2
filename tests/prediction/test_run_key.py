from pathlib import Path

from surgtools.prediction.models import Models
from surgtools.prediction.run_key import run_key


def network(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content)
    return folder / name


def test_the_networks_count_by_content_and_not_by_place(tmp_path):
    for name, content in (("a", "weights"), ("b", "weights"), ("c", "others")):
        (tmp_path / name).mkdir()
        network(tmp_path / name, "detector.onnx", content)
    a, b, c = (run_key({}, Models(exported=tmp_path / name)) for name in "abc")
    assert a == b != c


def test_a_file_that_a_setting_names_counts_by_its_content(tmp_path):
    models = Models(det_weights=network(tmp_path, "d.pth", "d"))
    boxes = network(tmp_path, "boxes.json", "[]")
    settings = {"boxes": boxes, "bbox_thr": 0.3}
    before, listed = run_key(settings, models), run_key({"model_3d": [boxes]}, models)
    assert before["bbox_thr"] == 0.3
    boxes.write_text("[1]")
    assert run_key(settings, models) != before
    assert run_key({"model_3d": [boxes]}, models) != listed
