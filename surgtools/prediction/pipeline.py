"""Run the steps of prediction side by side with bounded queues between them.

Each step is an ordinary generator; ``prefetch`` moves it to a thread of its own. Decoding,
networks and encoding spend their time outside Python's lock, so threads overlap them.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import Frame

T = TypeVar("T")

MAX_BATCH_PIXELS = 9_000_000
"""A batch is closed before this: four pictures of 1080p, or one of 4K or more."""

MAX_PIXELS_INSIDE = 48_000_000
"""Pictures are let in up to this, about 144 MB; a larger one goes through alone."""

_END = object()


def prefetch(items: Iterable[T], depth: int = 1) -> Iterator[T]:
    """Yield the same items, computed ahead by a thread, at most ``depth`` of them waiting.

    An error in the thread is raised here; closing this generator, also by Ctrl-C, closes the
    inner one and ends the thread.
    """
    waiting: queue.Queue = queue.Queue(depth)
    stop = threading.Event()

    def put(entry: Any) -> bool:
        while not stop.is_set():
            try:
                waiting.put(entry, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    break
        except BaseException as error:  # handed over, whatever it is
            put((None, error))
        finally:
            if isinstance(items, Iterator) and hasattr(items, "close"):
                items.close()
            put((_END, None))

    thread = threading.Thread(target=work, daemon=True, name="surgtools-prefetch")
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stop.set()
        # A thread that is inside a network when the interpreter ends would abort the process.
        thread.join(timeout=60)


def batched(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    """Put frames of one group together for the networks; webcams do not wait for a full batch."""
    batch: list[Frame] = []
    pixels = 0
    for frame in frames:
        own = pixels_of(frame.image)
        other = batch and batch[-1].source.group != frame.source.group
        if other or (batch and pixels + own > MAX_BATCH_PIXELS):
            yield batch
            batch, pixels = [], 0
        batch.append(frame)
        pixels += own
        full = len(batch) >= size or pixels + own > MAX_BATCH_PIXELS
        if full or frame.source.kind == "camera":
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def require_batch_size(batch_size: int) -> int:
    """The batch size, if it is one.

    Raises:
        InputError: it is below 1.
    """
    if batch_size < 1:
        raise InputError(f"batch size {batch_size} given; 1 or more is expected")
    return batch_size


def pixels_of(image: np.ndarray) -> int:
    """Height times width."""
    return image.shape[0] * image.shape[1]


class Room:
    """Hold large pictures back while enough of them are between reading and result.

    Frames of videos pass: tracking may hold many of them until it has seen what follows, and they
    are all of one size. So do pictures while what is inside fits one batch, because a batch may
    wait for more.
    """

    def __init__(self, pixels: int = MAX_PIXELS_INSIDE) -> None:
        self._pixels, self._inside = pixels, 0
        self._changed = threading.Condition()
        self._closed = False

    def admit(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The same frames, each as soon as there is room for it."""
        for frame in frames:
            if not frame.source.is_video:
                own = pixels_of(frame.image)
                limit = max(self._pixels - own, MAX_BATCH_PIXELS)
                with self._changed:
                    while self._inside > limit and not self._closed:
                        self._changed.wait()
                    self._inside += own
            yield frame

    def leave(self, result: FrameResult) -> None:
        """A result has come out; its picture no longer counts."""
        if result.kind == "image":
            with self._changed:
                self._inside -= result.width * result.height
                self._changed.notify_all()

    def results(self, batches: Iterable[list[FrameResult]]) -> Iterator[FrameResult]:
        """The results one by one; their pictures leave the room."""
        for batch in batches:
            for result in batch:
                self.leave(result)
                yield result

    def close(self) -> None:
        """Hold nothing back any more: nobody waits for results."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Background:
    """Call ``work`` on each item in a thread of its own, in order, at most ``depth`` waiting.

    Errors are raised in the caller's next ``put`` or in ``close``.
    """

    def __init__(self, work: Callable[[Any], None], depth: int = 2) -> None:
        self._work = work
        self._waiting: queue.Queue = queue.Queue(depth)
        self._error: BaseException | None = None
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="surgtools-writer")
        self._thread.start()

    @property
    def has_failed(self) -> bool:
        """Whether an error, handed over or not, ended the work early."""
        return self._abandoned.is_set()

    def put(self, item: Any) -> None:
        """Hand an item over; waits while the thread is behind."""
        self._raise()
        self._waiting.put(item)

    def close(self) -> None:
        """Wait until everything is done; harmless when repeated."""
        if self._thread.is_alive():
            self._waiting.put(_END)
            self._thread.join()
        self._raise()

    def abandon(self) -> None:
        """End the thread without doing what is still waiting, and forget its errors."""
        self._abandoned.set()
        if self._thread.is_alive():
            self._waiting.put(_END)
            self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _run(self) -> None:
        while (item := self._waiting.get()) is not _END:
            if self._abandoned.is_set():
                continue  # keep emptying the queue, so that the caller never hangs
            try:
                self._work(item)
            except BaseException as error:  # handed over, whatever it is
                self._error = error
                self._abandoned.set()
