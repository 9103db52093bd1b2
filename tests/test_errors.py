"""The one exception that users read."""

import errno
import pickle

import pytest

from surgtools.errors import InputError, lack_of_machine


def test_library_callers_catch_it_as_a_value_error():
    with pytest.raises(ValueError, match="a.json: broken"):
        raise InputError("a.json: broken")


@pytest.mark.parametrize("name", ["a\nb.jpg", "a\r\nb", "\x1b[31mred", "a\tb", "\x85"], ids=ascii)
def test_a_message_stays_one_line_whatever_it_quotes(name):
    text = str(InputError(f"a.json: image {name} is broken"))
    assert len(text.splitlines()) == 1 and text.isprintable()


def test_a_message_keeps_its_letters():
    assert str(InputError("größe 手術 'a' \\n")) == "größe 手術 'a' \\n"


def test_it_goes_from_a_worker_to_its_parent():
    back = pickle.loads(pickle.dumps(InputError("a\nb")))
    assert isinstance(back, InputError) and str(back) == "a\\nb"


def test_what_a_machine_lacks_is_one_line_with_the_file():
    error = OSError(errno.ENOSPC, "No space left on device", "a\nb.jpg")
    assert lack_of_machine(error) == (
        "no space left on the disk for a\\nb.jpg; make room and give the same command again"
    )
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        assert lack_of_machine(error).startswith("the memory is used up")


def test_other_errors_are_faults():
    for error in (OSError(errno.EIO, "broken"), ImportError("no module x"), RuntimeError("x")):
        assert lack_of_machine(error) is None
