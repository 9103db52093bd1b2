"""Write predictions.json frame by frame, so that long videos need little memory.

The file appears whole: a killed process leaves the old file or none.

The form is ``surgtools/schemas/predictions.schema.json``.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from surgtools import __version__
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.prediction.results import FrameResult, categories_info
from surgtools.prediction.sources import InputProblem
from surgtools.taxonomy import SURGICAL, Taxonomy


class JsonListFile:
    """A JSON file with one long list, written entry by entry, one entry per line.

    Left without ``close`` the file is not made.

    Args:
        head: what stands before the first entry, up to and with the opening bracket.
    """

    def __init__(self, path: str | Path, head: str = "[") -> None:
        self.path = Path(path)
        self._stack = ExitStack()
        part = self._stack.enter_context(write_whole(self.path))
        self._file: TextIO = self._stack.enter_context(part.open("w", encoding="utf-8"))
        self._count = 0
        self._write(head)

    def append(self, entry: Any) -> None:
        """Add one entry."""
        self._write((",\n" if self._count else "\n") + json.dumps(entry, allow_nan=False))
        self._count += 1

    def close(self, tail: str = "\n]\n") -> None:
        """Finish the file and give it its name."""
        self._write(tail, flush=True)
        self._stack.close()

    def discard(self) -> None:
        """Give the file up; what was there before stays."""
        give_up = RuntimeError("given up")
        try:
            self._stack.__exit__(RuntimeError, give_up, None)
        except OSError:
            pass  # a full disk does not take what was still in the buffer either

    def _write(self, text: str, flush: bool = False) -> None:
        try:
            self._file.write(text)
            if flush:
                self._file.flush()
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written ({error.strerror}); free space on the disk"
            ) from error


class PredictionsFile:
    """predictions.json.

    Args:
        path: the file to make.
        models: what ran, for ``meta_info``.
        settings: with which thresholds, for ``meta_info``.
        taxonomy: of the models, for ``meta_info``.
    """

    def __init__(
        self,
        path: str | Path,
        models: Mapping[str, Any],
        settings: Mapping[str, Any],
        taxonomy: Taxonomy = SURGICAL,
    ) -> None:
        meta = {
            "surgtools": __version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "categories": categories_info(taxonomy),
            "models": dict(models),
            "settings": dict(settings),
        }
        head = '{"meta_info": ' + json.dumps(meta, default=str) + ',\n"instance_info": ['
        self._list = JsonListFile(path, head)
        self.num_frames = self.num_instances = 0

    def write(self, result: FrameResult) -> None:
        """Append one frame."""
        self.write_entry(result.to_json())

    def write_entry(self, entry: Mapping[str, Any]) -> None:
        """Append one frame as ``FrameResult.to_json`` has it."""
        self._list.append(entry)
        self.num_frames += 1
        self.num_instances += len(entry["instances"])

    def close(self, problems: list[InputProblem], complete: bool = True) -> None:
        """Append the summary and finish the file."""
        summary = {
            "complete": complete,
            "frames": self.num_frames,
            "instances": self.num_instances,
            "problems": [problem.to_json() for problem in problems],
        }
        self._list.close('\n],\n"summary": ' + json.dumps(summary) + "}\n")

    def discard(self) -> None:
        """Give the file up; what was there before stays."""
        self._list.discard()
