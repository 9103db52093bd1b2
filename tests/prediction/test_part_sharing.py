"""How work is given out; a cluster at work is in ``tests/engines/test_ray.py``."""

from surgtools.engines import ray
from surgtools.prediction import part_sharing
from surgtools.prediction.part_maker import Made
from surgtools.prediction.part_sharing import in_chunks, make_on_cluster
from surgtools.prediction.source_list import SourceList
from surgtools.prediction.sources import InputProblem, Source


def listed(*names: str) -> SourceList:
    kinds = {"m": "video", "p": "image"}
    return SourceList.of((Source(name, kinds[name[0]], name) for name in names), group_size=2)


def test_pictures_go_together_and_videos_alone(monkeypatch):
    monkeypatch.setattr(part_sharing, "PICTURES", 3)
    chunks = in_chunks(listed("p1", "p2", "p3", "p4", "p5", "m1", "m2", "p6"))
    names = [[each.source.name for each in chunk] for chunk in chunks]
    assert names == [["p1", "p2", "p3", "p4"], ["p5"], ["m1"], ["m2"], ["p6"]]
    assert list(in_chunks(listed())) == []


def test_what_workers_made_is_summed_up(monkeypatch):
    problem = InputProblem("p2", "broken")

    def run(start, items, cards):
        assert cards == 1
        yield from ((len(chunk), Made(3, 5, [problem])) for chunk in items)

    monkeypatch.setattr(ray, "do_items", run)
    told = []
    made = make_on_cluster(None, listed("p1", "p2", "m1"), 1, told.append)
    assert made == Made(6, 10, [problem, problem]) and told == [2, 1]


def test_ctrl_c_ends_the_sharing_and_is_told(monkeypatch):
    def run(start, items, cards):
        yield 1, Made(1, 1)
        raise KeyboardInterrupt

    monkeypatch.setattr(ray, "do_items", run)
    assert make_on_cluster(None, listed(), None, print) == Made(1, 1, [], True)
