"""Ids as whole numbers, so that a million of them fit an array, also where a file has text."""

TEXT_FROM = 2**62
"""Codes from here on stand for texts; ids that are numbers lie below."""


class IdCodes:
    """The codes of one file: a number stands for itself, a text for the next free code."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = []

    def encode(self, value: int | str) -> int:
        """The code of an id; the same text always has the same one."""
        if not isinstance(value, str):
            return value
        code = self._codes.setdefault(value, TEXT_FROM + len(self._texts))
        if code == TEXT_FROM + len(self._texts):
            self._texts.append(value)
        return code

    def decode(self, code: int) -> int | str:
        """The id as it stands in the file."""
        return int(code) if code < TEXT_FROM else self._texts[int(code) - TEXT_FROM]
