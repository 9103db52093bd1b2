"""Rounds are read in order; the stage itself is tested in test_adaptation.py."""

import json
import warnings

from mmengine.logging import MMLogger

from surgtools.adaptation.stage import StageProgressHook, hosts_speaking_to, read_rounds


def test_rounds_in_order(tmp_path):
    folder = tmp_path / "pseudo_labels"
    folder.mkdir()
    for number in (2, 1, 10):
        facts = {"info": {"round": {"number": number}}}
        (folder / f"round_{number:03d}.json").write_text(json.dumps(facts))
    assert [facts["number"] for facts in read_rounds(tmp_path)] == [1, 2, 10]
    assert read_rounds(tmp_path / "nowhere") == []


def test_progress_tells_steps_done():
    seen = []

    class Runner:
        iter, max_iters = 4, 10

    StageProgressHook(lambda *step: seen.append(step)).after_train_iter(Runner, 0)
    assert seen == [("training", 5, 10)]


def test_the_hosts_speak_to_a_file_and_to_nobody_afterwards(tmp_path, capsys):
    path = tmp_path / "hosts.log"
    with hosts_speaking_to(path):
        print("printed")
        warnings.warn("warned", UserWarning, stacklevel=1)
        logger = MMLogger.get_instance("of a stage", logger_name="of a stage")
        logger.warning("logged")
    logger.warning("later")
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    text = path.read_text()
    assert all(word in text for word in ("printed", "warned", "logged")) and "later" not in text
