import pytest

from surgtools.prediction.device_names import device_name


@pytest.mark.parametrize(
    ("given", "name"),
    [("0", "cuda:0"), ("1", "cuda:1"), ("CPU", "cpu"), (" cpu ", "cpu"), ("GPU:1", "cuda:1")]
    + [("gpu", "cuda"), ("cuda:0", "cuda:0"), ("mps", "mps"), ("", ""), ("²", "²"), (None, None)],
)
def test_names_are_understood(given, name):
    assert device_name(given) == name
