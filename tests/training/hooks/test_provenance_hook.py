"""Facts about a training, and where they end up."""

import subprocess
import sys
from types import SimpleNamespace

from torch import nn

import surgtools.register  # noqa: F401
from surgtools.training.hooks import provenance_hook as provenance


class Leaf:
    def __init__(self, ann_file):
        self.ann_file = ann_file


class Wrapper:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def test_datasets_below_wrappers_are_found():
    a, b = Leaf("a.json"), Leaf("b.json")
    wrapped = Wrapper(datasets=[Wrapper(dataset=a), b, Leaf("")])
    assert provenance.leaf_datasets(wrapped) == [a, b]


def test_command_names_the_program_and_not_where_it_is_installed():
    given = ["train", "a b.py"]
    assert (
        provenance.command(["/opt/x/surgtools/__main__.py", *given]) == "surgtools train 'a b.py'"
    )
    assert provenance.command(["/opt/x/bin/surgtools", *given]) == "surgtools train 'a b.py'"
    assert provenance.command(["tools/train.py", "a.py"]) == "tools/train.py a.py"


def test_versions_of_absent_packages_are_left_out():
    versions = provenance.package_versions(["numpy", "no-such-package-here"])
    assert set(versions) == {"numpy"}


def test_git_state_inside_and_outside_a_checkout(tmp_path):
    assert provenance.git_state(tmp_path) == ""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    clean = provenance.git_state(tmp_path)
    assert len(clean) >= 7
    assert not clean.endswith("-dirty")


def test_facts_go_into_the_checkpoint():
    hook = provenance.ProvenanceHook()
    hook.facts = {"seed": 4}
    checkpoint = {"meta": {"epoch": 1}}
    hook.before_save_checkpoint(None, checkpoint)
    assert checkpoint["meta"] == {"epoch": 1, "surgtools": {"seed": 4}}


def test_command_and_own_parameters_are_recorded(monkeypatch):
    shared = nn.Linear(2, 3)  # 2 x 3 + 3 = 9; batch normalization 3 + 3 = 6, without its buffers
    runner = SimpleNamespace(
        model=nn.Sequential(shared, nn.BatchNorm1d(3), nn.Sequential(shared)),
        train_dataloader=SimpleNamespace(dataset=Leaf("")),
        seed=4,
    )
    monkeypatch.setattr(sys, "argv", ["surgtools", "train", "a config.py", "--amp"])
    hook = provenance.ProvenanceHook()
    hook.before_train(runner)
    assert hook.facts["command"] == "surgtools train 'a config.py' --amp"
    assert hook.facts["parameters"] == 15
