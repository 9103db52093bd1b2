"""The one exception that users read."""

import pytest

from surgtools.errors import InputError


def test_library_callers_catch_it_as_a_value_error():
    with pytest.raises(ValueError, match="a.json: broken"):
        raise InputError("a.json: broken")
