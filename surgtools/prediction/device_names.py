"""Understand the names that users give to devices."""


def device_name(text: str | None) -> str | None:
    """A name as torch has it: ``0`` is ``cuda:0``, ``CPU`` is ``cpu``; None stays None."""
    if text is None:
        return None
    name = str(text).strip().lower()
    if name.isascii() and name.isdecimal():
        return f"cuda:{int(name)}"
    return "cuda" + name.removeprefix("gpu") if name.startswith("gpu") else name
