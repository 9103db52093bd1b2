"""A network is reached through the wrapper of a distributed run."""

from torch import nn

from surgtools.hosts.model_wrapper import without_wrapper


def test_a_wrapped_network_and_a_bare_one_are_the_same():
    network = nn.Linear(2, 2)
    assert without_wrapper(network) is network
    assert without_wrapper(nn.DataParallel(network)) is network


def test_a_part_called_module_is_no_wrapper():
    network = nn.Sequential()
    network.module = nn.Linear(2, 2)
    assert without_wrapper(network) is network
