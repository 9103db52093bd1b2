"""What a pair finds is asked for again where other pictures are given."""

import json

from benchmarks import spatial_labels


def test_predictions_of_other_pictures_are_not_taken_for_these(tmp_path, monkeypatch):
    def predict(command, pictures, *words):
        assert command == "predict"
        found = words[words.index("--out-dir") + 1]
        found.mkdir(exist_ok=True)
        content = {"instance_info": [{"image": str(pictures / "000000.jpg"), "instances": []}]}
        (found / "predictions.json").write_text(json.dumps(content))

    monkeypatch.setattr(spatial_labels, "surgtools", predict)
    for name in ("one", "other"):
        frames = spatial_labels.predicted_frames(tmp_path / name, "fast", tmp_path)
        assert [frame["image"] for frame in frames] == [f"{tmp_path}/{name}/images/000000.jpg"]
