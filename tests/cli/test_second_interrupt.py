"""The first Ctrl-C is answered in a line, the second ends the process."""

import os
import signal
import threading

import pytest

from surgtools.cli.second_interrupt import second_interrupt


@pytest.fixture
def interruptible():
    """Ctrl-C raises, as in the foreground; a job in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_second_ends_the_process_while_the_first_is_waited_for(
    interruptible, monkeypatch, capsys
):
    class Ended(BaseException):
        pass

    def end(code):
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(Ended) as ended, second_interrupt("predict"):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert ended.value.args == (130,)
    line = "ends after the pictures that it is looking at; Ctrl-C again ends at once\n"
    assert capsys.readouterr().err == f"surgtools predict: {line}"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_get_no_signals_and_run_all_the_same():
    done = []

    def work():
        with second_interrupt("predict"):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_what_ignores_interrupts_goes_on_doing_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    went_on = False
    try:
        with second_interrupt("predict"):
            signal.raise_signal(signal.SIGINT)
            went_on = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert went_on
