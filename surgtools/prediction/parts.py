"""Where the results of single sources lie until they are joined, and which of them are done.

    OUT/.predictions/KEY/origin.json        the models, and the settings that KEY stands for
    OUT/.predictions/KEY/ab/DIGEST.json     the frames of one source, written whole
    OUT/.predictions/KEY/ab/DIGEST.cut.json those of a video that was stopped in the middle
    OUT/.predictions/KEY/ab/DIGEST.failed   there is no part: the source could not be used

A killed run leaves the parts it has finished, and the next run of the same settings goes on from
them. A source whose file has changed since has another digest, hence no part.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surgtools.files import read_json, write_json
from surgtools.prediction.source_list import Listed, digest_of
from surgtools.taxonomy import Taxonomy

ORIGIN = "origin.json"

_DEVICES = ("/dev", "/dev/pts")

_LONGEST_SUMMARY = 1 << 16


@dataclass(frozen=True)
class Summary:
    """The last line of a part.

    Attributes:
        frames, instances: how many there are.
        problems: entries as in predictions.json.
        drawn: the drawing, relative to the output folder; None where there is none.
        together: see ``Listed``.
    """

    frames: int
    instances: int
    problems: list[dict]
    drawn: str | None
    together: str = ""


@dataclass(frozen=True)
class Parts:
    """The parts of one output with one choice of settings.

    Attributes:
        output: the predictions.json that they will be joined to.
        settings: all that the results depend on.
    """

    output: Path
    settings: Mapping[str, Any]

    @property
    def home(self) -> Path:
        """The folder beside the output; it holds one folder per choice of settings."""
        folder = self.output.parent
        real = os.path.realpath(folder)
        if real in _DEVICES or Path(real).is_relative_to("/proc"):  # --save-boxes /dev/stdout
            folder = Path(tempfile.gettempdir())
        return folder / f".{self.output.stem}"

    @property
    def folder(self) -> Path:
        """The folder of these settings."""
        words = json.dumps(self.settings, sort_keys=True, default=str)
        return self.home / hashlib.sha256(words.encode()).hexdigest()[:16]

    def path(self, listed: Listed) -> Path:
        """Where the part of a source lies; it exists when the source is done."""
        return self.folder / listed.digest[:2] / f"{listed.digest}.json"

    def claim(self, models: Mapping[str, Any], taxonomy: Taxonomy) -> None:
        """Write beside the parts what made them, before the first of them."""
        if not (self.folder / ORIGIN).exists():
            words = {"settings": self.settings, "models": models, "taxonomy": taxonomy.to_dict()}
            write_json(self.folder / ORIGIN, json.loads(json.dumps(words, default=str)))

    def origin(self) -> tuple[dict[str, Any], Taxonomy]:
        """Models and taxonomy, as ``claim`` was given them."""
        content = read_json(self.folder / ORIGIN)
        return content["models"], Taxonomy.from_dict(content["taxonomy"])

    def is_done(self, listed: Listed) -> bool:
        """Whether a source needs no work; streams and webcams always do, they may have changed."""
        return self._summary(listed) is not None

    def missing(self, group: list[Listed]) -> list[Listed]:
        """What of a group is to be looked at.

        Where an interruption came in between, that is all of it: a picture beside other pictures
        may have other digits, and the results are to be those of an undisturbed run.
        """
        found = [self._summary(listed) for listed in group]
        missing = [each for each, summary in zip(group, found, strict=True) if summary is None]
        if not missing:
            return []
        together = digest_of(group)
        whole = len(missing) == len(group)
        if any(summary is not None and summary.together == together for summary in found):
            whole = not all(failed(self.path(each)).exists() for each in missing)
        return [replace(each, together=together) for each in group] if whole else missing

    def _summary(self, listed: Listed) -> Summary | None:
        path = self.path(listed)
        if not listed.mark or not path.exists():
            return None
        summary = read_summary(path)
        if summary.drawn is not None and not (self.output.parent / summary.drawn).exists():
            return None
        return summary

    def of_other_settings(self) -> list[Path]:
        """Folders of parts that other settings made."""
        if not self.home.is_dir():
            return []
        return sorted(f for f in self.home.iterdir() if f.is_dir() and f != self.folder)

    def tidy(self) -> None:
        """Remove what other settings and killed runs left; only when no other run is at work."""
        for folder in self.of_other_settings():
            shutil.rmtree(folder, ignore_errors=True)
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.startswith(".part-"):
                    Path(folder, name).unlink(missing_ok=True)


def cut(path: Path) -> Path:
    """Where the part lies of a source that was stopped in the middle."""
    return path.with_suffix(".cut.json")


def failed(path: Path) -> Path:
    """What tells that there is no part because the source cannot be used."""
    return path.with_suffix(".failed")


def read_frames_of(path: Path) -> Iterator[dict]:
    """The frames of a part one by one: entries of predictions.json, numbers of pictures aside."""
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            if line.startswith("]"):
                return
            yield json.loads(line.rstrip().rstrip(","))


def read_summary(path: Path) -> Summary:
    """The last line of a part."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST_SUMMARY))
        tail = file.read().decode(errors="replace").rstrip().rpartition("\n")[2]
    return Summary(**json.loads("{" + tail)["summary"])
