import json
import os
import signal
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

from surgtools.cli import main
from surgtools.prediction.outputs import Outputs
from surgtools.prediction.video import VideoReader
from surgtools.prediction.video_writer import VideoWriter
from surgtools.schemas import load_schema

NO_BOXES = ["--no-tta", "--bbox-thr", "1"]
"""Random networks find hundreds of instruments; most tests need none."""


@pytest.fixture
def models(exported_models) -> list[str]:
    return ["--models", str(exported_models)]


@pytest.fixture
def picture(tmp_path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (20, 24, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), cv2.resize(noise, (240, 200)))
    return tmp_path / "a.png"


def predictions(folder: Path) -> dict:
    content = json.loads((folder / "predictions.json").read_text())
    jsonschema.validate(content, load_schema("predictions"))
    return content


def test_pictures_are_drawn_and_written(models, picture, tmp_path, capsys):
    out = tmp_path / "out"
    args = ["predict", str(picture), "--out-dir", str(out), *models, "--no-tta", "--crop"]
    assert main([*args, "--bbox-thr", "0.01", "--format", "coco"]) == 0
    content = predictions(out)
    count = len(content["instance_info"][0]["instances"])
    assert count > 0
    assert content["meta_info"]["settings"]["bbox_thr"] == 0.01
    assert len(json.loads((out / "coco_results.json").read_text())) == count
    assert cv2.imread(str(out / "visualizations/a.jpg")).shape == (200, 240, 3)
    assert len(list((out / "crops").iterdir())) == count
    assert capsys.readouterr().out.startswith(f"1 frames, {count} instances")


def test_torch_and_onnx_write_the_same_number_of_frames(random_models, picture, tmp_path):
    named = [a for k, v in random_models.items() for a in (f"--{k.replace('_', '-')}", v)]
    args = ["predict", str(picture), "--out-dir", str(tmp_path / "o"), *named, *NO_BOXES]
    assert main(args) == 0
    assert len(predictions(tmp_path / "o")["instance_info"]) == 1


def test_boxes_can_be_saved_and_used_again(models, picture, tmp_path):
    shared = [str(picture), *models, "--bbox-thr", "0.01", "--no-draw", "--no-tta"]
    boxes, out = str(tmp_path / "boxes.json"), tmp_path / "out"
    assert main(["predict", *shared, "--out-dir", str(out), "--save-boxes", boxes]) == 0
    assert not (out / "predictions.json").exists()
    assert main(["predict", *shared, "--out-dir", str(out), "--boxes", boxes]) == 0
    assert main(["predict", *shared, "--out-dir", str(tmp_path / "once")]) == 0
    twice, once = (
        predictions(folder)["instance_info"][0]["instances"] for folder in (out, tmp_path / "once")
    )
    # scores are written with four digits, so that near ties may change places
    assert sorted(i["bbox"] for i in twice) == sorted(i["bbox"] for i in once)
    assert len(twice[0]["keypoints"]) == 5


def test_boxes_go_to_their_own_pictures_and_others_are_told(models, picture, tmp_path, capsys):
    moved, lefts = tmp_path / "moved", {"d1": 10, "d2": 60}
    for folder in lefts:
        (moved / folder).mkdir(parents=True)
        (moved / folder / "i.png").write_bytes(picture.read_bytes())
    rows = [
        {"image": f"{folder}/i.png", "instances": [{"bbox": [x, 9, 90, 70], "category_id": 1}]}
        for folder, x in lefts.items()
    ]
    boxes, out = tmp_path / "boxes.json", tmp_path / "out"
    boxes.write_text(json.dumps({"instance_info": rows}))
    shared = [*models, "--boxes", str(boxes), "--no-draw", "--no-presence", "--out-dir", str(out)]
    assert main(["predict", str(picture), *shared]) == 2
    assert f"{picture}: is not in {boxes}; find its boxes with" in capsys.readouterr().err
    assert main(["predict", str(moved), str(picture), *shared]) == 3
    content = predictions(out)
    found = {Path(e["image"]).parent.name: e["instances"] for e in content["instance_info"]}
    assert {name: [i["bbox"][0] for i in own] for name, own in found.items()} == {
        name: [x] for name, x in lefts.items()
    }
    assert [problem["source"] for problem in content["summary"]["problems"]] == [str(picture)]


def test_a_video_keeps_its_times_and_becomes_h264(models, tmp_path):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(4):
            writer.write(np.full((64, 96, 3), 40 * i, np.uint8), [0, 0.1, 0.5, 0.6][i])
    out = tmp_path / "out"
    assert (
        main(["predict", str(tmp_path / "v.mp4"), "--out-dir", str(out), *models, *NO_BOXES]) == 0
    )
    times = [frame["time_s"] for frame in predictions(out)["instance_info"]]
    assert times == pytest.approx([0, 0.1, 0.5, 0.6], abs=1e-4)
    with VideoReader(str(out / "visualizations/v.mp4")) as reader:
        assert reader.codec == "h264"
        assert [t for _, t, _ in reader] == pytest.approx(times, abs=1e-4)


def test_some_bad_inputs_exit_with_3_and_are_listed(models, picture, tmp_path, capsys):
    (tmp_path / "bad.jpg").write_text("no picture")
    out = tmp_path / "out"
    code = main(["predict", str(tmp_path), "none.png", "--out-dir", str(out), *models, *NO_BOXES])
    assert code == 3
    content = predictions(out)
    assert content["summary"]["frames"] == 1
    assert [p["source"] for p in content["summary"]["problems"]] == [
        "none.png",
        str(tmp_path / "bad.jpg"),
    ]
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("surgtools predict: ") for line in lines)


BAD_CALLS = {
    "nothing_there": (["none.png"], "no such file"),
    "nothing_readable": (["bad.jpg"], "none of the 1 inputs could be used"),
    "empty_folder": (["empty"], "no pictures and no videos"),
    "threshold": (["a.png", "--bbox-thr", "7"], "--bbox-thr 7: from 0 to 1"),
    "batch": (["a.png", "--batch-size", "0"], "--batch-size 0: 1 or more"),
    "interval": (["a.png", "--det-interval", "0"], "--det-interval 0"),
    "max_frames": (["a.png", "--max-frames", "0"], "--max-frames 0"),
    "boxes_missing": (["a.png", "--boxes", "no.json"], "no.json: no such file"),
    "boxes_broken": (["a.png", "--boxes", "bad.jpg"], "is not JSON"),
    "boxes_and_views": (["a.png", "--tta", "--save-boxes", "y"], "test-time augmentation"),
    "flip_test": (["a.png", "--flip-test"], "the place of --flip-test; add --no-tta"),
    "no_flip_test": (["a.png", "--no-flip-test"], "the place of --flip-test; add --no-tta"),
    "both_boxes": (["a.png", "--boxes", "x", "--save-boxes", "y"], "give one of them"),
    "two_models": (["a.png", "--pose2d", "x"], "holds both models"),
    "out_is_a_file": (["a.png", "--out-dir", "a.png"], "is a file"),
    "device": (["a.png", "--device", "cuda:9"], "onnxruntime"),
    "provider": (["a.png", "--provider", "tensorrt"], "provider tensorrt: this onnxruntime"),
    "unknown_provider": (["a.png", "--provider", "mps"], "--provider"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_wrong_call_is_one_line_and_writes_nothing(
    models, picture, tmp_path, capsys, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.jpg").write_text("no picture")
    (tmp_path / "empty").mkdir()
    words, message = BAD_CALLS[name]
    before = sorted(tmp_path.rglob("*"))
    assert main(["predict", "--out-dir", "out", *models, *words]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert message in error[-1]
    assert "Traceback" not in "".join(error)
    assert [p for p in sorted(tmp_path.rglob("*")) if p not in before and p.is_file()] == []


def test_a_checkpoint_that_runs_code_is_refused(random_models, picture, tmp_path, capsys):
    import pickle

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil()))
    files = random_models | {"det_weights": str(tmp_path / "evil.pth")}
    named = [a for k, v in files.items() for a in (f"--{k.replace('_', '-')}", v)]
    assert main(["predict", str(picture), "--out-dir", str(tmp_path / "o"), *named]) == 2
    assert not (tmp_path / "pwned").exists()
    assert not (tmp_path / "o").exists()
    assert "evil.pth" in capsys.readouterr().err


def test_ctrl_c_leaves_complete_files(models, tmp_path, monkeypatch):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(12):
            writer.write(np.full((96, 128, 3), i, np.uint8), i / 25)
    put, count = Outputs.put, iter(range(12))

    def interrupted(self, result):
        put(self, result)
        if next(count) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Outputs, "put", interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background has none
    out = tmp_path / "out"
    assert (
        main(["predict", str(tmp_path / "v.mp4"), "--out-dir", str(out), *models, *NO_BOXES])
        == 130
    )
    content = predictions(out)
    assert content["summary"]["complete"] is False
    assert content["summary"]["frames"] == 4
    with VideoReader(str(out / "visualizations/v.mp4")) as reader:
        assert sum(1 for _ in reader) == 4


def test_an_error_in_the_middle_keeps_what_was_done(models, picture, tmp_path, monkeypatch):
    def broken(results, report):
        yield next(iter(results))
        raise ZeroDivisionError

    monkeypatch.setattr("surgtools.prediction.inferencer.drop_not_finite", broken)
    out = tmp_path / "out"
    with pytest.raises(ZeroDivisionError):
        main(["predict", str(picture), "--out-dir", str(out), *models, *NO_BOXES])
    content = predictions(out)
    assert content["summary"]["complete"] is False
    assert len(content["instance_info"]) == 1
    assert (out / "visualizations/a.jpg").exists()


def test_drawings_are_not_predicted_by_the_next_run(models, picture):
    folder = picture.parent
    args = ["predict", str(folder), "--out-dir", str(folder / "out"), *models, *NO_BOXES]
    for _ in range(2):
        assert main(args) == 0
        assert len(predictions(folder / "out")["instance_info"]) == 1
    args[3] = str(folder / "other")
    assert main(args) == 0
    assert len(predictions(folder / "other")["instance_info"]) == 1


def test_a_password_is_written_nowhere(models, picture, tmp_path, capsys):
    out = tmp_path / "out"
    url = "http://me:secret@127.0.0.1:9/v.mp4"
    args = ["predict", str(picture), url, "--out-dir", str(out), *models, *NO_BOXES]
    assert main(args) == 3
    assert "secret" not in (out / "predictions.json").read_text()
    assert "secret" not in capsys.readouterr().err


def test_help_states_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    assert "exit codes: 0 everything was processed; 3 results" in capsys.readouterr().out


def test_without_a_folder_a_fresh_one_is_made_and_told(models, picture, monkeypatch, capsys):
    monkeypatch.chdir(picture.parent)
    for folder in ("outputs/predict", "outputs/predict_2"):
        assert main(["predict", picture.name, *models, *NO_BOXES]) == 0
        first, last = capsys.readouterr().out.splitlines()
        assert first == f"results: {folder}" and last.endswith(f"-> {folder}/predictions.json")
        assert len(predictions(Path(folder))["instance_info"]) == 1


class Shown(list):
    """In the place of a window: keeps what it was to show, and may be closed by the user."""

    def __init__(self, stop_after: int = 99):
        self.stop_after = stop_after

    def show(self, drawn: np.ndarray, wait: bool) -> None:
        self.append((drawn.shape, wait))
        if len(self) == self.stop_after:
            raise KeyboardInterrupt


def test_show_holds_pictures_and_lets_video_run(models, picture, tmp_path, monkeypatch):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(3):
            writer.write(np.full((64, 80, 3), 50 * i, np.uint8), i / 25)
    shown = Shown()
    monkeypatch.setattr("surgtools.prediction.window.Window", lambda: shown)
    words = [str(picture), str(tmp_path / "v.mp4"), "--out-dir", str(tmp_path / "o")]
    assert main(["predict", *words, "--show", "--no-draw", *models, *NO_BOXES]) == 0
    assert shown == [((200, 240, 3), True)] + 3 * [((64, 80, 3), False)]
    assert not (tmp_path / "o/visualizations").exists()


def test_closing_the_window_stops_with_the_results_so_far(models, picture, tmp_path, monkeypatch):
    cv2.imwrite(str(tmp_path / "b.png"), cv2.imread(str(picture)))
    monkeypatch.setattr("surgtools.prediction.window.Window", lambda: Shown(stop_after=1))
    words = [str(picture), str(tmp_path / "b.png"), "--out-dir", str(tmp_path / "o"), "--show"]
    assert main(["predict", *words, "--batch-size", "1", *models, *NO_BOXES]) == 130
    content = predictions(tmp_path / "o")
    assert content["summary"]["complete"] is False
    assert content["instance_info"][0]["image"] == str(picture)


def test_show_without_a_display_is_one_line_before_anything_is_written(
    picture, tmp_path, monkeypatch, capsys
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["predict", str(picture), "--show"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("surgtools predict: --show: no window can be opened here")
    assert error.count("\n") == 1 and not (tmp_path / "outputs").exists()
