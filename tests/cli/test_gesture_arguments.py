"""How scores of gestures are told."""

from surgtools.cli.gesture_arguments import scores_in_words


def test_chance_stands_beside_the_scores():
    told = scores_in_words({"accuracy": 0.75, "most_frequent": 0.5, "videos": 4})
    assert told == "accuracy 0.750  (4 videos; always the commonest label: 0.500)"
