import threading
import time

import numpy as np
import pytest

from surgtools.prediction.pipeline import Background, Room, batched, prefetch
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import Frame, Source


def frames(count: int, shape=(10, 10, 3), kind="image"):
    image = np.zeros(shape, np.uint8)
    return [Frame(Source(f"{i}", kind, f"{i}"), image) for i in range(count)]


def test_prefetch_keeps_order_and_works_ahead_within_bounds():
    made = []

    def numbers():
        for i in range(50):
            made.append(i)
            yield i

    ahead = prefetch(numbers(), depth=3)
    assert next(ahead) == 0
    time.sleep(0.3)
    assert len(made) <= 6  # one taken, three waiting, one being put
    assert list(ahead) == list(range(1, 50))


def test_an_error_in_the_thread_is_raised_where_the_items_are_used():
    def broken():
        yield 1
        raise ValueError("decoder")

    ahead = prefetch(broken())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="decoder"):
        next(ahead)


def test_closing_ends_the_thread_and_closes_what_it_reads():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    ahead = prefetch(prefetch(endless()))
    next(ahead)
    ahead.close()
    assert closed.is_set()
    assert threading.active_count() <= before


def test_batches_are_full_or_limited_by_pixels():
    assert [len(b) for b in batched(frames(7), 3)] == [3, 3, 1]
    assert [len(b) for b in batched(frames(9, (1080, 1920, 3)), 8)] == [4, 4, 1]
    assert [len(b) for b in batched(frames(3, (2160, 3840, 3)), 8)] == [1, 1, 1]
    mixed = [*frames(3), *frames(1, (4320, 7680, 3)), *frames(2)]
    assert [len(b) for b in batched(mixed, 8)] == [3, 1, 2]
    assert list(batched([], 3)) == []


def leave(room, frame):
    height, width = frame.image.shape[:2]
    room.leave(FrameResult(frame.source.name, "image", width, height))


def test_large_pictures_wait_until_others_have_left():
    room, taken = Room(pixels=40_000_000), []
    large = frames(4, (3000, 5000, 3))  # 15 million pixels: two fit

    def take():
        for frame in room.admit(large):
            taken.append(frame)

    thread = threading.Thread(target=take)
    thread.start()
    for gone in range(2):
        while len(taken) < gone + 2:
            time.sleep(0.001)
        time.sleep(0.05)  # enough for one more to slip through, if it could
        assert len(taken) == gone + 2
        leave(room, taken[gone])
    thread.join()
    assert taken == large


def test_one_picture_larger_than_the_room_goes_through():
    room = Room(pixels=10)
    assert len(list(room.admit(frames(1, (4000, 4000, 3))))) == 1


def test_what_may_wait_for_a_batch_keeps_nobody_out():
    room = Room(pixels=10)
    both = [*frames(3), *frames(1, (4000, 4000, 3))]
    assert len(list(room.admit(both))) == 4


def test_videos_pass_and_a_closed_room_holds_nothing_back():
    room = Room(pixels=10)
    film = frames(3, (4000, 4000, 3), kind="video")
    assert len(list(room.admit(film))) == 3
    room.close()
    assert len(list(room.admit(frames(3, (4000, 4000, 3))))) == 3


def test_webcams_do_not_wait_for_a_batch():
    assert [len(b) for b in batched(frames(3, kind="camera"), 8)] == [1, 1, 1]


def test_background_works_in_order_and_hands_errors_back():
    done = []
    writer = Background(done.append)
    for i in range(20):
        writer.put(i)
    writer.close()
    assert done == list(range(20))

    def fail(_):
        raise OSError("disk full")

    writer = Background(fail)
    with pytest.raises(OSError, match="disk full"):
        for _ in range(100):
            writer.put(0)
            time.sleep(0.01)
    writer.abandon()
