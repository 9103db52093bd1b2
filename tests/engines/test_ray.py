"""On a real cluster of this machine: a head without processors and two nodes of one each.

Where ray is not installed only its absence is tested.
"""

import os
import sys
from functools import partial

import pytest
from toy_work import DEADLY, REFUSED, begin, refuse

from surgtools.engines import ray as engine
from surgtools.errors import InputError


def test_without_ray_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install '\.\[ray\]'"):
        list(engine.do_items(print, [1]))


@pytest.fixture(scope="module")
def cluster():
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # of a busy machine
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    os.environ["RAY_ADDRESS"] = cluster.address
    yield cluster, nodes
    del os.environ["RAY_ADDRESS"]
    import ray

    ray.shutdown()
    cluster.shutdown()


@pytest.mark.slow
class TestOnACluster:
    def test_both_nodes_work_and_load_once(self, cluster, tmp_path):
        done = list(engine.do_items(partial(begin, tmp_path), range(12)))
        assert sorted(item for item, _ in done) == list(range(12))
        assert len({node for _, node in done}) == 2
        assert len(list(tmp_path.glob("begun-*"))) == 2

    def test_workers_are_replaced_after_so_many_items(self, cluster, tmp_path):
        done = list(engine.do_items(partial(begin, tmp_path), range(6), renew_after=2))
        assert len(done) == 6 and len(list(tmp_path.glob("begun-*"))) >= 3

    def test_what_work_and_start_say_reaches_the_caller(self, cluster, tmp_path):
        with pytest.raises(InputError, match="^item -1 is no item$"):
            list(engine.do_items(partial(begin, tmp_path), [1, REFUSED]))
        with pytest.raises(InputError, match="^no networks here$"):
            list(engine.do_items(refuse, [1]))

    def test_an_item_that_kills_its_workers_is_given_up(self, cluster, tmp_path, monkeypatch):
        monkeypatch.setattr(engine, "TRIES", 2)
        with pytest.raises(InputError, match="-2: its worker was lost 2 times"):
            list(engine.do_items(partial(begin, tmp_path), [DEADLY]))

    def test_a_node_that_dies_costs_no_item(self, cluster, tmp_path):
        home, nodes = cluster
        done = []
        for item, _ in engine.do_items(partial(begin, tmp_path), range(30)):
            done.append(item)
            if len(done) == 10:
                home.remove_node(nodes.pop(), allow_graceful=False)
        assert sorted(set(done)) == list(range(30))
        assert sorted(int(p.stem) for p in tmp_path.glob("*.txt")) == list(range(30))
