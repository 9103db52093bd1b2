"""The one exception that users read."""

import errno
import pickle

import pytest

from surgtools.errors import InputError, hide_passwords, lack_of_machine


def test_library_callers_catch_it_as_a_value_error():
    with pytest.raises(ValueError, match="a.json: broken"):
        raise InputError("a.json: broken")


@pytest.mark.parametrize("name", ["a\nb.jpg", "a\r\nb", "\x1b[31mred", "a\tb", "\x85"], ids=ascii)
def test_a_message_stays_one_line_whatever_it_quotes(name):
    text = str(InputError(f"a.json: image {name} is broken"))
    assert len(text.splitlines()) == 1 and text.isprintable()


def test_a_message_keeps_its_letters():
    assert str(InputError("größe 手術 'a' \\n")) == "größe 手術 'a' \\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:secret@host/a.mp4: gone", "http://host/a.mp4: gone"),
        ("RTSP://me:se@cret@host:554/a", "RTSP://host:554/a"),
        ("http:/me:secret@host/a", "http:/host/a"),
        ("http://me:se/cret@host/a", "http://host/a"),
        ("s3+x://secret@host and http://b:secret@c", "s3+x://host and http://c"),
        ("http://host:8080/a@b.mp4", "http://host:8080/a@b.mp4"),
        ("http://host/a@b.mp4?x=c@d", "http://host/a@b.mp4?x=c@d"),
        ("mail me@host, a:b@c", "mail me@host, a:b@c"),
    ],
)
def test_it_tells_no_password(text, shown):
    assert str(InputError(text)) == hide_passwords(text) == shown


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


def test_a_light_installation_says_what_is_missing():
    error = ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    assert lack_of_machine(error).startswith("torch.nn is not installed; `predict`")
    assert lack_of_machine(ModuleNotFoundError("x", name="surgtools.typo")) is None
    assert lack_of_machine(ModuleNotFoundError("x")) is None
