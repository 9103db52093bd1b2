"""``surgtools gestures``: train, test, predict, and one line for what cannot be used."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from surgtools import cli

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import scripted_gestures  # noqa: E402

HEAD = "video,start,end,label\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three scripted videos, and what two epochs on two of them give."""
    path = tmp_path_factory.mktemp("gestures")
    scripted_gestures.write_videos(path, 3, np.random.default_rng(0))
    assert run(path, "train", "--epochs", "2", "--out-dir", str(path / "trained")) == 0
    return path


def run(path, action, *more, labels="labels.csv"):
    words = [] if action == "predict" else ["--labels", str(path / labels)]
    return cli.main(["gestures", action, str(path / "predictions.json"), *words, *more])


def write(folder, text):
    (folder / "other.csv").write_text(text)
    return "other.csv"


def refused(capsys):
    told = capsys.readouterr().err
    assert told.startswith("surgtools gestures: ") and told.count("\n") == 1
    return told


def model(folder):
    return "--model", str(folder / "trained/gestures.pth")


def test_scores_of_the_videos_kept_apart_are_written(folder):
    scores = json.loads((folder / "trained/scores.json").read_text())
    assert list(scores) == [
        *("frame_accuracy", "edit", "F1@10", "F1@25", "F1@50", "most_frequent", "videos")
    ]
    assert scores["videos"] == 1


def test_test_scores_what_was_not_trained_on(folder, capsys):
    out = folder / "scores.json"
    assert run(folder, "test", *model(folder), "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert "left out 2 videos" in said and "(1 videos; always the commonest label:" in said
    assert json.loads(out.read_text()) == json.loads((folder / "trained/scores.json").read_text())
    assert run(folder, "test", *model(folder), "--all") == 0
    assert "(3 videos;" in capsys.readouterr().out


def test_videos_that_were_moved_are_still_those_it_was_trained_on(folder, capsys):
    content = json.loads((folder / "predictions.json").read_text())
    for frame in content["instance_info"]:
        frame["video"] = f"/data/{frame['video']}"
    (folder / "moved.json").write_text(json.dumps(content))
    words = [
        "gestures",
        "test",
        str(folder / "moved.json"),
        "--labels",
        str(folder / "labels.csv"),
    ]
    assert cli.main([*words, *model(folder)]) == 0
    assert "left out 2 videos" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_told_before_the_training(folder, capsys):
    out = folder / "labels.csv/trained"
    assert run(folder, "train", "--out-dir", str(out)) == 2
    assert f"{out}/gestures.pth: cannot be written (Not a directory)" in refused(capsys)


def test_labels_are_not_replaced_by_scores(folder, capsys):
    before = (folder / "labels.csv").read_text()
    assert run(folder, "test", *model(folder), "--out", str(folder / "labels.csv")) == 2
    assert "labels.csv: is read by this command" in refused(capsys)
    assert (folder / "labels.csv").read_text() == before


def test_what_predict_writes_is_a_label_file_again(folder, capsys):
    assert run(folder, "predict", *model(folder), "--out-dir", str(folder / "found")) == 0
    with (folder / "found/segments.csv").open() as file:
        rows = list(csv.DictReader(file))
    content = json.loads((folder / "found/segments.json").read_text())
    assert f"{len(rows)} gestures in 3 videos" in capsys.readouterr().out
    assert len(rows) == len(content["segments"]) and "tie" in content["labels"]
    if rows:
        assert run(folder, "test", *model(folder), "--all", labels="found/segments.csv") == 0
        assert "frame_accuracy 1.000" in capsys.readouterr().out


def test_corrected_segments_are_not_replaced(folder, capsys):
    words = ("predict", *model(folder), "--out-dir", str(folder / "mine"))
    assert run(folder, *words) == 0 == run(folder, *words)
    own = folder / "mine/segments.csv"
    own.write_text(own.read_text() + "scripted_000,900,901,tie,1\n")
    corrected = own.read_text()
    capsys.readouterr()
    assert run(folder, *words) == 2
    assert "segments.csv: is there, and is not as an earlier run wrote it" in refused(capsys)
    assert own.read_text() == corrected
    assert run(folder, *words, "--overwrite") == 0 and own.read_text() != corrected


def test_scores_of_the_network_before_do_not_stand_beside_another_one(folder):
    words = ("--epochs", "1", "--noisy-copies", "0", "--out-dir", str(folder / "again"))
    assert run(folder, "train", *words) == 0 and (folder / "again/scores.json").exists()
    assert run(folder, "train", *words, "--held-out-share", "0") == 0
    assert not (folder / "again/scores.json").exists()


def test_one_label_for_each_video(folder, capsys):
    rows = "".join(f"scripted_00{n},{'good' if n else 'bad'}\n" for n in range(3))
    labels = write(folder, "video,label\n" + rows)
    out = folder / "whole"
    words = ("--epochs", "1", "--held-out", "scripted_002", "--out-dir", str(out))
    assert run(folder, "train", *words, labels=labels) == 0
    assert "accuracy" in capsys.readouterr().out
    assert run(folder, "predict", "--model", f"{out}/gestures.pth", "--out-dir", str(out)) == 0
    found = (out / "segments.csv").read_text().splitlines()
    assert found[0] == "video,label,score" and len(found) == 4
    capsys.readouterr()
    assert run(folder, "test", "--model", f"{out}/gestures.pth") == 2
    assert "the network learnt one label for each video (--whole)" in refused(capsys)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "scripted_000,0,2,tie\nscripted_000,1,3,drive\n", "overlap"),
        (HEAD + "scripted_000,2,1,tie\n", "the end must come after the start"),
        (HEAD + "scripted_007,0,1,tie\n", "line 2: scripted_007 is not in the predictions"),
        (HEAD + "scripted_000,900,901,tie\n", "starts at 900, but scripted_000 has"),
        (HEAD + "scripted_000,0,1,tie\n", "has one video only"),
        ("video,label\nscripted_000,tie\nscripted_001,tie\n", "has the label tie only"),
    ],
)
def test_labels_that_cannot_be_learnt_are_one_line(folder, capsys, text, told):
    labels = write(folder, text)
    assert run(folder, "train", "--out-dir", str(folder / "no"), labels=labels) == 2
    assert told in refused(capsys) and not (folder / "no").exists()


def test_an_unknown_label_and_trained_videos_only_are_one_line(folder, capsys):
    labels = write(folder, HEAD + "scripted_000,0,1,cut\n")
    assert run(folder, "test", *model(folder), labels=labels) == 2
    assert "line 2: the network knows no 'cut'; it knows drive, grasp_needle" in refused(capsys)
    held = json.loads((folder / "trained/scores.json").read_text())["videos"]
    assert held == 1
    trained = [f"scripted_00{n}" for n in range(3)]
    from surgtools.gestures.checkpoint import load_gesture_model

    known = load_gesture_model(folder / "trained/gestures.pth").settings.trained_on
    rows = "".join(f"{name},0,1,tie\n" for name in trained if f"{name}.mp4" in known)
    assert run(folder, "test", *model(folder), labels=write(folder, HEAD + rows)) == 2
    assert "the network was trained on all of its videos" in refused(capsys)


def test_videos_without_instruments_are_one_line(folder, tmp_path, capsys):
    content = json.loads((folder / "predictions.json").read_text())
    for frame in content["instance_info"]:
        frame["instances"] = []
    (tmp_path / "predictions.json").write_text(json.dumps(content))
    (tmp_path / "labels.csv").write_text((folder / "labels.csv").read_text())
    assert run(tmp_path, "train", "--out-dir", str(tmp_path / "out")) == 2
    assert "no instrument is seen in its videos" in refused(capsys)
    assert run(tmp_path, "predict", *model(folder), "--out-dir", str(tmp_path / "found")) == 0
    assert "0 gestures in 3 videos" in capsys.readouterr().out, "nothing in, nothing out"
    content["instance_info"] = []
    (tmp_path / "predictions.json").write_text(json.dumps(content))
    assert run(tmp_path, "train", "--out-dir", str(tmp_path / "out")) == 2
    assert "holds no frame of a video" in refused(capsys)


def test_another_file_is_no_model(folder, capsys):
    words = ("--model", str(folder / "labels.csv"), "--out-dir", str(folder / "x"))
    assert run(folder, "predict", *words) == 2
    assert "not a readable checkpoint" in refused(capsys)
