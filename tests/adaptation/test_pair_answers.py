"""A pair of networks is asked as the settings say."""

from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.pair_answers import open_pair
from surgtools.adaptation.settings import AdaptSettings
from surgtools.prediction.models import Models


def test_a_pair_is_opened_as_the_settings_say(monkeypatch):
    opened = []
    monkeypatch.setattr(PairProposer, "of", lambda *given: opened.append(given))
    pair = Models()
    settings = AdaptSettings(device="cpu", trust_checkpoint=True, zoom=2, engine="ray")
    open_pair(pair, 0.2, settings)
    assert opened == [(pair, 0.2, "cpu", True, 2, "ray")]
