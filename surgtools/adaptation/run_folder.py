"""Remember which settings an ``OUT/work`` folder belongs to: only the same run may go on in it.

Files of two different settings must not mix in one folder. A run that was refused, or that ended
before its first look at the target, has left nothing worth keeping: another run may use the
folder.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from surgtools.adaptation.preparation import prepared_files
from surgtools.adaptation.settings import AdaptSettings
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.prediction.models import ALL_ROLES, Models

NOT_DECISIVE = frozenset({"device", "num_workers", "trust_checkpoint"})
"""Settings that results do not depend on; a run may go on with others."""


class RunFolder:
    """The folder of one adaptation, which refuses a command with other settings.

    Args:
        out: ``work`` lies in it.
        facts: what the run is of: ``targets``, ``source``, ``pair``, ``student``, ``settings``.
            ``work/settings.json`` holds them, and ``refused``, why the targets were refused.
    """

    def __init__(self, out: str | Path, facts: Mapping[str, Any]) -> None:
        self.out, self.work = Path(out), Path(out) / "work"
        self.facts = json.loads(json.dumps(facts, default=str))

    def goes_on(self) -> bool:
        """Whether what lies here is of this run and of use to it."""
        held = read_run_facts(self.out)
        return "refused" not in held and _decisive(held) == _decisive(self.facts)

    def keeps(self, name: str) -> bool:
        """Whether this run goes on with its copies of a pair, ``start`` or ``student``."""
        return Models.written_in(self.work / name) and self.goes_on()

    def check(self) -> bool:
        """Whether another run left something here that came to nothing.

        Raises:
            InputError: the folder holds another run, another training, or networks that this run
                starts from.
        """
        held = read_run_facts(self.out)
        if held and self.goes_on():
            return False
        looked = prepared_files(self.work)["first_look"].exists()
        known = self.facts.keys() <= held.keys()
        if held and (not known or (looked and "refused" not in held)):
            raise InputError(
                f"{self.out}: holds a run with other targets, models or settings; choose "
                "another --out-dir or delete it"
            )
        self._require_no_training()
        self._require_networks_elsewhere()
        return bool(held)

    def claim(self) -> None:
        """Take the folder; what a run left that came to nothing is deleted.

        Raises:
            InputError: it holds another run, or cannot be written.
        """
        if self.check():
            self._clear()
        write_json(self.work / "settings.json", self.facts, indent=1)

    def refuse(self, reason: str) -> None:
        """Note that nothing can be learnt here, unless something was trained already."""
        if not any((self.work / role).exists() for role in ALL_ROLES):
            write_json(self.work / "settings.json", {**self.facts, "refused": reason}, indent=1)

    def _require_no_training(self) -> None:
        """A stage would go on from the newest checkpoint in its folder, whosever it is."""
        for role in ALL_ROLES:
            for path in sorted((self.work / role).glob("*.pth")):
                raise InputError(f"{path}: is of another training; choose another --out-dir")

    def _require_networks_elsewhere(self) -> None:
        """A run writes its result into ``out`` and its steps into ``work``, over what is there."""
        out, work = self.out.resolve(), self.work.resolve()
        named = [self.facts["pair"], self.facts["student"], *self.facts.get("further", ())]
        for path in (Path(file) for files in named if files for file in files.values()):
            folder = path.resolve().parent
            if folder == out or folder.is_relative_to(work):
                raise InputError(f"{path}: a run would replace it; choose another --out-dir")

    def _clear(self) -> None:
        """Only what a run makes before it trains: the folder may be older than the run."""
        for path in (
            self.work / "start",
            self.work / "student",
            *self.work.glob("teacher_*"),
            *prepared_files(self.work).values(),
        ):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def adaptation_facts(
    targets: Sequence[str],
    source: str | Path,
    pair: Models,
    student: Models | None,
    further: Sequence[Models],
    settings: AdaptSettings,
) -> dict[str, Any]:
    """What a run is of, see ``RunFolder``; the arguments are those of ``Adaptation``."""
    return {
        "targets": [str(Path(target).resolve()) for target in targets],
        "source": str(Path(source).resolve()),
        "pair": pair.to_dict(),
        "student": student.to_dict() if student else None,
        **({"further": [each.to_dict() for each in further]} if further else {}),
        "settings": {k: v for k, v in asdict(settings).items() if k != "engine"},
    }


def read_run_facts(out: str | Path) -> dict[str, Any]:
    """What the run in a folder is of, as in ``RunFolder``; empty when there is none.

    Raises:
        InputError: ``work/settings.json`` is broken.
    """
    path = Path(out) / "work" / "settings.json"
    facts = read_json(path) if path.exists() else {}
    if not isinstance(facts, dict):
        raise InputError(f"{path}: is not of a run; choose another --out-dir or delete it")
    return facts


def recorded_files(out: str | Path, name: str, role: str) -> tuple[Path, Path] | None:
    """Config and checkpoint that the run in a folder was started with; they may be gone.

    Args:
        out: folder of the run.
        name: ``pair`` or ``student``.
        role: ``detector`` or ``pose``, or ``one_stage``.
    """
    files = read_run_facts(out).get(name)
    if not files:
        return None
    return Models(**{part: Path(path) for part, path in files.items()}).files(role)


def _decisive(facts: Any) -> Any:
    if not isinstance(facts, dict):
        return facts
    return {key: _decisive(value) for key, value in facts.items() if key not in NOT_DECISIVE}
