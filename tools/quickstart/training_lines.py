"""The lines of a training that a person who waits wants to see."""

import re

_TRAIN_LINE = re.compile(
    r"Epoch\(train\) +\[(?P<epoch>\d+)\]\[ *(?P<iteration>\d+)/(?P<total>\d+)\].*"
    r" eta: (?P<eta>.+?)  .*? loss: (?P<loss>[\d.]+|nan)"
)
_SCORE_LINE = re.compile(r"Epoch\(val\) +\[(?P<epoch>\d+)\]\[.*? (?P<name>\w+/AP): (?P<score>\S+)")


def training_line(line: str) -> str | None:
    """The hosts' log line in short; None for what is of no use while waiting."""
    if match := _TRAIN_LINE.search(line):
        return (
            f"epoch {match['epoch']}, iteration {match['iteration']}/{match['total']}: "
            f"loss {float(match['loss']):.3f}, {match['eta']} left"
        )
    if match := _SCORE_LINE.search(line):
        return f"epoch {match['epoch']}: {match['name']} {float(match['score']):.3f} on data/val"
    if "surgtools train:" in line or "Resumed" in line:
        return line.split(" - INFO - ")[-1]
    return None
