"""``predict`` of many sources: interrupted, resumed, shared out, watched."""

import json
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.cli import main
from surgtools.prediction.outputs import Outputs
from surgtools.prediction.part_maker import PartMaker
from surgtools.prediction.video_writer import VideoWriter


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "d"):
        noise = rng.integers(0, 255, (12, 16, 3), np.uint8)
        cv2.imwrite(str(folder / f"{name}.png"), cv2.resize(noise, (160, 120)))
    with VideoWriter(folder / "v.mp4") as writer:
        for number in range(3):
            writer.write(np.full((64, 80, 3), 40 * number, np.uint8), number / 25)
    return folder


@pytest.fixture
def predict(exported_models):
    """Run the command; random networks find hundreds of instruments, and none is needed here."""

    def run(*words: object) -> int:
        shared = ["--models", exported_models, "--no-tta", "--no-draw", "--bbox-thr", "1"]
        return main([str(word) for word in ("predict", *shared, *words)])

    return run


@pytest.fixture
def looked_at(monkeypatch) -> list[str]:
    """Stems of the sources that networks were asked about."""
    seen, make = [], PartMaker.make

    def watched(self, todo, see):
        seen.extend(each.source.stem for each in todo)
        return make(self, todo, see)

    monkeypatch.setattr(PartMaker, "make", watched)
    return seen


def info(out: Path) -> list[dict]:
    return json.loads((out / "predictions.json").read_text())["instance_info"]


def parts(out: Path) -> list[Path]:
    return sorted(out.glob(".predictions/*/??/*.json"))


def test_a_second_run_does_nothing(predict, photos, tmp_path, looked_at, capsys):
    out = tmp_path / "out"
    assert predict(photos, "--out-dir", out) == 0
    before = (out / "predictions.json").stat()
    assert looked_at == ["a", "b", "c", "d", "v"]
    capsys.readouterr()
    assert predict(photos, "--out-dir", out) == 0
    assert len(looked_at) == 5
    assert (out / "predictions.json").stat() == before
    assert capsys.readouterr().out.splitlines() == [
        "5 of 5 inputs are done already and are kept",
        f"7 frames, {sum(len(f['instances']) for f in info(out))} instances, nothing to do "
        f"-> {out / 'predictions.json'}",
    ]


def test_a_file_named_twice_is_looked_at_once(predict, photos, tmp_path, looked_at, capsys):
    out = tmp_path / "out"
    assert predict(photos / "b.png", photos, photos / "a.png", "--out-dir", out) == 0
    assert looked_at == ["b", "a", "c", "d", "v"]
    assert len(info(out)) == 7
    assert capsys.readouterr().err.splitlines()[0] == (
        f"surgtools predict: {photos / 'b.png'}: named again (and 1 more); each file is taken once"
    )


def test_a_killed_run_goes_on_and_ends_as_an_undisturbed_one(
    predict, photos, tmp_path, looked_at, monkeypatch
):
    out, calm = tmp_path / "out", tmp_path / "calm"
    assert predict(photos, "--out-dir", calm) == 0
    put, count = Outputs.put, iter(range(99))

    def killed(self, result):
        if next(count) == 6:  # in the middle of the clip
            raise MemoryError
        put(self, result)

    with monkeypatch.context() as patch:
        patch.setattr(Outputs, "put", killed)
        assert predict(photos, "--out-dir", out) == 2
    assert len(info(out)) == 6
    looked_at.clear()
    assert predict(photos, "--out-dir", out) == 0
    assert looked_at == ["v"]
    assert info(out) == info(calm)


def test_a_second_run_into_one_folder_is_told_of_the_first(
    predict, photos, tmp_path, monkeypatch, capsys
):
    out, codes, make = tmp_path / "out", [], PartMaker.make

    def meanwhile(self, todo, see):
        monkeypatch.setattr(PartMaker, "make", make)
        codes.append(predict(photos / "a.png", "--out-dir", out, "--no-track"))
        return make(self, todo, see)

    monkeypatch.setattr(PartMaker, "make", meanwhile)
    assert predict(photos, "--out-dir", out) == 0
    assert codes == [2] and len(info(out)) == 7
    told = f"surgtools predict: {out / 'predictions.json'}: another run is writing there; wait"
    assert capsys.readouterr().err.startswith(told)


def test_what_changed_is_looked_at_again(predict, photos, tmp_path, looked_at):
    out = tmp_path / "out"
    assert predict(photos, "--out-dir", out) == 0
    looked_at.clear()
    cv2.imwrite(str(photos / "b.png"), np.full((90, 90, 3), 7, np.uint8))
    cv2.imwrite(str(photos / "new.png"), np.full((90, 90, 3), 7, np.uint8))
    assert predict(photos, "--out-dir", out) == 0
    assert looked_at == ["b", "new"]
    assert [f["image_id"] for f in info(out)] == list(range(1, 9))
    assert info(out)[1]["width"] == 90


def test_other_settings_begin_anew_and_say_so(predict, photos, tmp_path, looked_at, capsys):
    out = tmp_path / "out"
    assert predict(photos, "--out-dir", out) == 0
    assert predict(photos, "--out-dir", out, "--batch-size", "3") == 0
    assert len(looked_at) == 5
    capsys.readouterr()
    assert predict(photos, "--out-dir", out, "--no-track") == 0
    assert len(looked_at) == 10
    said = capsys.readouterr().out.splitlines()[0]
    assert said == f"{out / 'predictions.json'}: was made with other settings; beginning anew"
    assert len(list((out / ".predictions").iterdir())) == 1


def test_tables_of_other_predictions_do_not_stay(predict, photos, tmp_path, capsys):
    out, picture = tmp_path / "out", photos / "a.png"
    results, measures = out / "coco_results.json", out / "measures.csv"
    assert predict(picture, "--out-dir", out, "--format", "csv") == 0
    own = measures.read_text()
    for table in (results, measures):
        table.write_text("old")
    assert predict(picture, "--out-dir", out, "--save-boxes", tmp_path / "boxes.json") == 0
    assert results.read_text() == measures.read_text() == "old"
    assert predict(picture, "--out-dir", out, "--no-presence") == 0
    assert measures.read_text() == own and not results.exists()
    assert f"{results}: was of other predictions; removed" in capsys.readouterr().out
    assert predict(picture, "--out-dir", out, "--format", "coco") == 0
    assert predict(picture, "--out-dir", out, "--format", "coco") == 0
    assert results.exists()


def test_files_that_no_run_wrote_stay_in_the_folder(predict, photos, tmp_path, capsys):
    out, picture = tmp_path / "out", photos / "a.png"
    out.mkdir()
    own = [out / name for name in ("coco_results.json", "measures.csv", "predictions.json")]
    for file in own:
        file.write_text("[1]")
    assert predict(picture, "--out-dir", out) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "predictions.json: is there and is not what `predict` wrote; choose another" in line
    own.pop().unlink()
    for kind, name in (("coco", "coco_results.json"), ("csv", "measures.csv")):
        assert predict(picture, "--out-dir", out, "--format", kind) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"{name}: is there without a predictions.json, so no run wrote it" in line
    assert predict(picture, "--out-dir", out) == 0
    assert [file.read_text() for file in own] == ["[1]", "[1]"]


def test_saved_boxes_take_the_place_of_saved_boxes_alone(predict, photos, tmp_path, capsys):
    boxes, out, picture = tmp_path / "boxes.json", tmp_path / "out", photos / "a.png"
    many = [f"{picture.parent}{'/.' * 2_000}/{picture.name}"] * 20  # longer than what is looked at
    for words in ((picture,), (picture, "--bbox-thr", "0.99"), many, (photos,)):
        assert predict(*words, "--save-boxes", boxes, "--out-dir", out) == 0
    assert predict(picture, "--out-dir", out) == 0
    labels = tmp_path / "labels.json"
    labels.write_text('{"images": [], "annotations": []}')
    for path in (labels, out / "predictions.json"):
        before = path.read_bytes()
        capsys.readouterr()
        assert predict(picture, "--save-boxes", path, "--out-dir", out) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"{path}: is there and is not a file of --save-boxes; give another name" in line
        assert path.read_bytes() == before


def test_shards_make_their_parts_and_the_whole_joins_them(
    predict, photos, tmp_path, looked_at, capsys
):
    out, whole = tmp_path / "out", tmp_path / "whole"
    alone = ("--batch-size", "1")  # digits may depend on what is in a batch
    for part in ("1/2", "2/2"):
        assert predict(photos, "--out-dir", out, "--shard", part, *alone) == 0
        assert not (out / "predictions.json").exists()
    assert sorted(looked_at) == ["a", "b", "c", "d", "v"]
    assert "part 2 of 2" in capsys.readouterr().out
    assert predict(photos, "--out-dir", out) == 0
    assert len(looked_at) == 5
    assert predict(photos, "--out-dir", whole, *alone) == 0
    assert info(out) == info(whole)


def test_a_failing_source_is_tried_again_and_costs_no_other(predict, photos, tmp_path, looked_at):
    out = tmp_path / "out"
    (photos / "b.png").write_text("no picture")
    for _ in range(2):
        assert predict(photos, "--out-dir", out) == 3
    assert looked_at == ["a", "b", "c", "d", "v", "b"]
    assert [f["image_id"] for f in info(out)] == [1, 3, 4, 5, 6, 7]


def test_missing_drawings_are_made_again(exported_models, photos, tmp_path, looked_at):
    out = tmp_path / "out"
    words = ["predict", photos, "--models", exported_models, "--no-tta", "--out-dir", out]
    words = [str(word) for word in (*words, "--bbox-thr", "1")]
    assert main(words) == 0
    (out / "visualizations/c.jpg").unlink()
    assert main(words) == 0
    assert looked_at[5:] == ["a", "b", "c", "d"]  # one batch: digits stay as they were
    assert (out / "visualizations/c.jpg").exists()


def test_a_folder_that_fills_is_watched(predict, photos, tmp_path, looked_at, monkeypatch):
    monkeypatch.setattr("surgtools.cli.predict_run.WATCH_SECONDS", 0.05)
    out, rounds = tmp_path / "out", []

    def sleep(seconds: float) -> None:
        rounds.append(len(info(out)) if (out / "predictions.json").exists() else 0)
        if len(rounds) == 2:
            (photos / "a.png").replace(photos / "z.png")
        if len(rounds) == 5:
            raise KeyboardInterrupt
        threading.Event().wait(0.1)

    threading.Event().wait(0.1)
    monkeypatch.setattr(time, "sleep", sleep)
    assert predict("--watch", photos, "--out-dir", out) == 0
    assert looked_at == ["a", "b", "c", "d", "v", "z"]
    assert rounds[-1] == 7 and [Path(f.get("image", "v")).stem for f in info(out)][-1] == "z"


def test_a_file_that_still_changes_is_left_for_later(predict, photos, tmp_path, looked_at):
    (photos / "a.png").touch()

    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("surgtools.cli.predict_run.WATCH_SECONDS", 3600)
        patch.setattr(time, "sleep", lambda seconds: (_ for _ in ()).throw(KeyboardInterrupt))
        assert predict("--watch", photos, "--out-dir", out) == 0
    assert looked_at == []
