"""Rounds are read in order; the stage itself is tested in test_adaptation.py."""

import json

from surgtools.engine.adapt_stage import StageProgressHook, read_rounds


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
