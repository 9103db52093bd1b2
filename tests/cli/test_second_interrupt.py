"""The first Ctrl-C is answered in a line, the second ends the process."""

import os
import signal
import threading

import pytest

from surgtools.cli.second_interrupt import second_interrupt


def test_the_second_ends_the_process_while_the_first_is_waited_for(monkeypatch, capsys):
    class Ended(BaseException):
        pass

    def end(code):
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        interrupt_twice(capsys, Ended)
    finally:
        signal.signal(signal.SIGINT, before)


def interrupt_twice(capsys, ended):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ended, match="130"), second_interrupt("predict"):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            line = "ends after the pictures that it is looking at; Ctrl-C again ends at once\n"
            assert capsys.readouterr().err == f"surgtools predict: {line}"
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert not capsys.readouterr().err


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
    try:
        with second_interrupt("predict"):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
