"""The page of a run that was rolled back names the gate; pictures are those that changed."""

import cv2
import numpy as np

from surgtools.engine.adapt_result import AdaptResult, StageResult
from surgtools.engine.adaptation_report import write_adaptation_report
from surgtools.engine.frames import collect_frames
from surgtools.engine.guards import Gate
from surgtools.engine.model_pair import ModelPair
from surgtools.engine.pair_measures import PairMeasures
from surgtools.engine.precision import PrecisionModel
from surgtools.engine.proposals import propose
from surgtools.engine.selector import ALL_RULES
from surgtools.engine.source_knowledge import SourceKnowledge


def test_page_says_what_was_decided_and_shows_it(tmp_path, dots):
    (tmp_path / "in").mkdir()
    for number in range(110):
        points = dots.shape(number / 10, 0.4, (60, 60))
        cv2.imwrite(str(tmp_path / f"in/{number:03d}.png"), dots.draw(points))
    pool, _ = collect_frames([str(tmp_path / "in")], tmp_path / "pool")
    held = pool.indices(held_out=True)
    measures = [
        PairMeasures(
            propose(pool.read, held, finder, views=()),
            np.ones(len(held), bool),
            {"box AP of needle_holder": 0.5, "box AP of tweezers": None},
        )
        for finder in (dots.Finder(), dots.Finder(blind_from=0))
    ]
    facts = {
        "number": 1,
        "instances": {"needle_holder": 80, "tweezers": 0},
        "predicted_precision": 0.9,
        "frames": {"labelled": 80, "partly": 0, "doubtful": 1, "empty": 7},
        "rules": dict.fromkeys(("accepted", *ALL_RULES), 3),
    }
    gate = Gate("empty frames", 1.0, 0.05, True, "the adapted pair has gone blind")
    constant = PrecisionModel.fit({}, np.ones(8, bool))
    result = AdaptResult(
        ModelPair.in_folder(tmp_path),
        [StageResult("detector", False, str(gate), [gate], [facts])],
        facts,
        *measures,
        pool,
        SourceKnowledge({}, {"bbox_score": 0.4}, constant, {"pictures": 9}),
    )
    write_adaptation_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "rolled back, the starting network stays: empty frames is 1.000" in page
    assert "<td>CLOSED</td>" in page and "the adapted pair has gone blind" in page
    assert page.count("data:image/jpeg") == 18 and "http://" not in page
