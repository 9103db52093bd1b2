"""The predicted precision follows the statistics it has learnt from."""

import numpy as np

from surgtools.adaptation.labels.expected_precision import FEATURES, PrecisionModel, degrade


def sample(count, rng):
    """Statistics and truth: the score says how probable it is to be right."""
    score = rng.uniform(0, 1, count)
    statistics = {name: rng.uniform(0.1, 1, count) for name in FEATURES}
    statistics["bbox_score"] = score
    return statistics, rng.uniform(0, 1, count) < score


def test_prediction_is_calibrated_on_new_proposals():
    rng = np.random.default_rng(0)
    model = PrecisionModel.fit(*sample(4000, rng))
    statistics, correct = sample(4000, rng)
    predicted = model.predict(statistics)
    for low, high in ((0, 0.3), (0.3, 0.7), (0.7, 1)):
        chosen = (predicted >= low) & (predicted < high)
        assert abs(predicted[chosen].mean() - correct[chosen].mean()) < 0.05


def test_without_any_wrong_one_the_answer_is_a_constant():
    model = PrecisionModel.fit({}, np.ones(98, dtype=bool))
    statistics = {name: np.ones(3) for name in FEATURES}
    np.testing.assert_allclose(model.predict(statistics), 99 / 100)


def test_infinite_and_missing_statistics_give_a_probability():
    rng = np.random.default_rng(0)
    model = PrecisionModel.fit(*sample(500, rng))
    statistics = {name: np.array([np.inf, np.nan]) for name in FEATURES}
    statistics["bbox_score"] = np.array([0.5, 0.5])
    assert ((model.predict(statistics) >= 0) & (model.predict(statistics) <= 1)).all()
    assert model.predict({name: np.zeros(0) for name in FEATURES}).shape == (0,)


def test_degraded_picture_keeps_size_and_follows_the_generator():
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    first, second = (degrade(image, np.random.default_rng(5)) for _ in range(2))
    assert first.shape == image.shape and first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, degrade(image, np.random.default_rng(6)))
