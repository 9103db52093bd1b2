"""The one exception a user is meant to read.

It says what is wrong, where, what was expected and what to do, in one line. ``surgtools.cli``
prints it and exits with code 2; library callers catch it like any ``ValueError``.
"""


class InputError(ValueError):
    """Something the user gave cannot be used: a file, a config, a category, a shape."""
