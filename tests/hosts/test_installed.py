"""What is not installed, or hidden, is not there; asking loads nothing."""

import subprocess
import sys

from surgtools.hosts import installed


def test_all_hosts_are_there_or_not(monkeypatch):
    assert installed.has_hosts()
    monkeypatch.setattr(installed, "HOSTS", ("torch", "no_such_package"))
    assert not installed.has_hosts()


def test_asking_loads_none():
    code = "import sys; from surgtools.hosts.installed import *; has_hosts(); "
    code += "print([name for name in HOSTS if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_hidden_package_is_not_there(monkeypatch):
    def refuse(name):
        raise ImportError(f"{name} is hidden")

    monkeypatch.setattr(installed, "find_spec", refuse)
    assert not installed.has_hosts()
