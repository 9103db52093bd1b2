import time

from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.stage_clock import StageClock, detectors_of, watch


def test_a_watched_predictor_answers_the_same_and_is_itself_again(toy, draw_square):
    predictor, image = toy.predictor, draw_square()
    before = {name: dict(vars(getattr(predictor, name))) for name in ("detector", "pose")}
    (right,) = predictor.find([image])
    clock = StageClock()
    with watch(predictor, clock):
        (found,) = predictor.find([image])
    assert [i.to_json() for i in found] == [i.to_json() for i in right]
    assert {name: dict(vars(getattr(predictor, name))) for name in before} == before
    assert "find" not in vars(predictor)
    assert clock.crops == 1


def test_time_of_a_stage_inside_another_counts_once():
    clock = StageClock()
    clock.call("a", lambda: clock.call("b", time.sleep, 0.02))
    assert clock.seconds["b"] >= 0.02
    assert clock.seconds["a"] < 0.02


def test_a_detector_that_zooms_is_timed_in_every_part(toy, draw_square):
    zoomed = Inferencer.from_backends(
        toy.predictor.detector.backend, toy.predictor.pose.backend, zoom=2
    )
    clock = StageClock()
    assert len(detectors_of(zoomed.predictor)) == 1
    with watch(zoomed.predictor, clock):
        zoomed.predictor.find([draw_square()])
    assert clock.seconds["detect"] > 0 and clock.seconds["resize"] > 0
