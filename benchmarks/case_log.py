"""A log with a line of JSON a case, so that a campaign which was stopped goes on."""

import json
from pathlib import Path


def open_log(log: Path, campaign: dict) -> None:
    """Make a log that of a campaign, or make sure that it is already; its last line is ended.

    Args:
        campaign: what a case follows from, beside its number, as JSON has it.

    Raises:
        SystemExit: its cases are those of another campaign.
    """
    text = log.read_text() if log.exists() else ""
    told = next((row["campaign"] for row in read_log(log) if "campaign" in row), campaign)
    if told != campaign:
        raise SystemExit(f"{log}: holds cases of {told}, not of {campaign}; give another --log")
    with log.open("a") as file:
        if text and not text.endswith("\n"):
            print(file=file)
        if not text:
            print(json.dumps({"campaign": campaign}), file=file)


def read_log(log: Path) -> list[dict]:
    """What a log holds; a line that was cut by a stop is passed over."""
    rows = []
    for line in log.read_text().splitlines() if log.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows
