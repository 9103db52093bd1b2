"""The mixture: exact shares, every source sample in turn, rounds exchanged in place."""

import json
import pickle

import numpy as np
import pytest
from mmengine.registry import DATASETS
from torch.utils.data import Dataset

from surgtools.adaptation.source_replay_dataset import SourceReplayDataset
from surgtools.errors import InputError
from surgtools.files import read_json


@DATASETS.register_module(force=True)
class CountingSet(Dataset):
    """Source: ("s", i). With ``ann_file``: ("p", value) per entry of the file."""

    metainfo = {"classes": ("a",)}

    def __init__(self, ann_file="", data_root="", data_prefix=None, count=10):
        self.items = [("s", i) for i in range(count)]
        if ann_file:
            self.items = [("p", value) for value in read_json(ann_file)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return (*self.items[index], np.random.random())


@pytest.fixture
def mixture(tmp_path):
    for number, values in ((1, [1, 2, 3]), (2, [7]), (3, [])):
        (tmp_path / f"round_{number:03d}.json").write_text(json.dumps(values))
    dataset = SourceReplayDataset(
        {"type": "CountingSet"}, {"type": "CountingSet"}, pseudo_share=0.4, length=20
    )
    dataset.attach(tmp_path, tmp_path / "images")
    return dataset


def epoch(dataset, number=0):
    dataset.set_epoch(number)
    return [dataset[i] for i in range(len(dataset))]


def test_share_is_exact_and_spread_evenly(mixture):
    assert mixture.set_round(1) == 3
    kinds = [kind for kind, *_ in epoch(mixture)]
    assert kinds.count("p") == 8
    assert all(kinds[i : i + 5].count("p") == 2 for i in range(0, 20, 5))


def test_every_source_sample_comes_in_turn_across_epochs(mixture):
    mixture.set_round(1)
    drawn = [value for n in range(5) for kind, value, _ in epoch(mixture, n) if kind == "s"]
    assert len(drawn) == 60 and all(drawn.count(i) == 6 for i in range(10))


def test_round_zero_and_empty_rounds_are_source_only_at_the_same_length(mixture):
    for number in (0, 3):
        mixture.set_round(number)
        assert {kind for kind, *_ in epoch(mixture)} == {"s"} and len(mixture) == 20


def test_a_copy_in_another_process_follows_the_round(mixture):
    copy = pickle.loads(pickle.dumps(mixture))
    copy._shared = mixture._shared  # what fork and torch's own pickling keep shared
    mixture.set_round(2)
    assert {v for kind, v, _ in epoch(copy) if kind == "p"} == {7}


def test_items_depend_on_seed_epoch_and_index_alone(mixture):
    mixture.set_round(1)
    first = epoch(mixture, 3)
    np.random.seed(5)
    assert [mixture[i] for i in reversed(range(20))] == first[::-1]
    assert epoch(mixture, 4) != first


def test_the_process_keeps_its_own_random_numbers(mixture):
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    mixture[0]
    assert np.random.random() == expected


def test_settings_that_cannot_work():
    with pytest.raises(InputError, match="pseudo_share 1 given"):
        SourceReplayDataset({"type": "CountingSet"}, {}, pseudo_share=1)
    with pytest.raises(InputError, match="holds no sample"):
        SourceReplayDataset({"type": "CountingSet", "count": 0}, {})
    with pytest.raises(InputError, match="needs VideoPseudoLabelHook"):
        SourceReplayDataset({"type": "CountingSet"}, {}).set_round(1)
