import time

from surgtools.prediction.stage_clock import StageClock, watch


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
