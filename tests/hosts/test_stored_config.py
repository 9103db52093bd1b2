"""A config in a checkpoint is values; what may be a program is refused and never run."""

import pytest
import torch

from surgtools.errors import InputError
from surgtools.hosts.compat.safe_loading import trust_checkpoints
from surgtools.hosts.config_files import load_config
from surgtools.hosts.stored_config import stored_config

PLAIN = """
custom_imports = dict(allow_failed_imports=False, imports=['surgtools.register'])
default_scope = 'mmpose'
model = dict(
    head=dict(in_channels=-8, sizes=(1, 2.5), type='InstrumentRTMCCHead', use=None),
    names={0: 'a', 1: 'b'},
    on=True,
    type='mmpose.TopdownPoseEstimator')
steps = [1, 2]
"""


def read(text):
    return stored_config({"meta": {"cfg": text}}, "a.pth")


def test_plain_values_are_read_as_written():
    config = read(PLAIN)
    assert config.model.head.in_channels == -8
    assert config.model.head.sizes == (1, 2.5)
    assert config.model.names == {0: "a", 1: "b"}
    assert config.steps == [1, 2]


PROGRAMS = {
    "import os": "holds more than plain values .line 1",
    "x = __import__('os').getcwd()": "holds more than plain values",
    "x = [].append": "holds more than plain values",
    "x = open('/etc/passwd').read()": "holds more than plain values",
    "x = dict([(1, 2)])": "holds more than plain values",
    "a = 1\nx = a": "holds more than plain values .line 2",
    "x = f'{1}'": "holds more than plain values",
    "x = [i for i in (1, 2)]": "holds more than plain values",
    "x = {**{}}": "holds more than plain values",
    "x = dict(**{})": "holds more than plain values",
    "x = y = 1": "holds more than plain values",
    "x.y = 1": "holds more than plain values",
    "__file__ = 'x'": "holds more than plain values",
    "print(1)": "holds more than plain values",
    "x = 2 ** 9999999": "holds more than plain values",
    "x =": "is not Python",
    "x = {[]: 1}": "",
    "x = " + "(" * 5000 + ")" * 5000: "",
    "x = dict(type='os.system', command='true')": "names `os.system`, which is no registered part",
    "x = [dict(type='system')]": "names `system`, which is no registered part",
    "x = dict(a=dict(type='mmengine.load', file='x.pkl'))": "names `mmengine.load`",
    "x = dict(type='os.AdamW')": "names `os.AdamW`",
    "x = dict(type='mmengine.utils.dl_utils.AdamW')": "names `mmengine.utils",
    "x = dict(type=3)": "names `3`",
}


@pytest.mark.parametrize("text", PROGRAMS, ids=lambda text: text[:40])
def test_programs_are_refused(text):
    with pytest.raises(InputError, match=f"a.pth: the config stored in it .*{PROGRAMS[text]}"):
        read(text)


@pytest.mark.parametrize("cfg", [None, "", 5, b"x"])
def test_a_checkpoint_without_config_says_so(cfg):
    with pytest.raises(InputError, match="a.pth: stores no config; name its config file too"):
        read(cfg)


def test_nothing_of_a_refused_config_has_run_and_trust_runs_it(tmp_path):
    proof = tmp_path / "ran"
    text = f"x = open({str(proof)!r}, 'w').close()"
    with pytest.raises(InputError, match="add --trust-checkpoint if you trust its author"):
        read(text)
    assert not proof.exists()
    with trust_checkpoints():
        read(text)
    assert proof.exists()


def test_a_checkpoint_takes_the_place_of_a_config_file(tmp_path):
    content = {"state_dict": {"w": torch.zeros(1)}, "meta": {"cfg": PLAIN}}
    torch.save(content, tmp_path / "a.pth")
    config = load_config(tmp_path / "a.pth", ["model.on=False"])
    assert config.model.on is False
    assert config.default_scope == "mmpose"
