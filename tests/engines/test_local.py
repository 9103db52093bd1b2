import os
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import pytest
from toy_work import DEADLY, begin

from surgtools.engines import local


def test_every_item_is_done_once_by_workers_that_began_once(tmp_path):
    done = list(local.do_items(partial(begin, tmp_path), iter(range(6)), 2))
    assert sorted(item for item, _ in done) == list(range(6))
    pids = {int(path.name.partition("-")[2]) for path in tmp_path.glob("begun-*")}
    assert {int(pid) for _, pid in done} <= pids and os.getpid() not in pids
    assert len(pids) <= 2 and len(list(tmp_path.glob("*.txt"))) == 6


def test_workers_are_replaced_after_so_many_items(tmp_path):
    pids = {pid for _, pid in local.do_items(partial(begin, tmp_path), range(4), 1, renew_after=2)}
    assert len(pids) == 2


def test_a_long_list_is_taken_as_it_is_needed(tmp_path):
    taken = []
    results = local.do_items(
        partial(begin, tmp_path), (taken.append(i) or i for i in range(99)), 1
    )
    next(results)
    assert len(taken) <= 2 * local.AHEAD
    results.close()


def test_a_worker_that_is_killed_ends_the_work(tmp_path):
    with pytest.raises(BrokenProcessPool):
        list(local.do_items(partial(begin, tmp_path), [1, DEADLY], 1))


def test_no_items_need_no_workers(tmp_path):
    assert list(local.do_items(partial(begin, tmp_path), [], 1)) == []
    assert not list(tmp_path.iterdir())
