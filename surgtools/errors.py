"""The one exception a user is meant to read.

It says what is wrong, where, what was expected and what to do, in one line. ``surgtools.cli``
prints it and exits with code 2; library callers catch it like any ``ValueError``.
"""

_ESCAPES = {number: repr(chr(number))[1:-1] for number in (*range(32), *range(127, 160))}


class InputError(ValueError):
    """Something the user gave cannot be used: a file, a config, a category, a shape.

    The message stays one line, whatever names and values it quotes: line ends and other control
    characters are escaped.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(str(message).translate(_ESCAPES))
