import pytest
from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.hosts.explained_errors import building, first_line, readable_errors


def test_build_errors_name_the_config():
    with pytest.raises(InputError, match=r"cannot be built \(KeyError: 'no such head'\)"):
        with building(Config({})):
            raise KeyError("no such head")


def test_worker_tracebacks_shrink_to_their_message():
    sent = (
        "Caught InputError in DataLoader worker process 0.\nTraceback ...\n"
        "surgtools.errors.InputError: a.jpg: the picture is cut off; copy it again\n"
    )
    assert first_line(sent) == "a.jpg: the picture is cut off; copy it again"
    assert first_line("plain") == "plain"


def test_errors_of_workers_are_raised_again_as_their_line():
    with pytest.raises(InputError, match="^a.jpg: cut off$"), readable_errors():
        raise InputError("Traceback ...\nsurgtools.errors.InputError: a.jpg: cut off")
