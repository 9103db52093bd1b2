"""The commands that make a pair of the zoo, in order; ``tools/train_zoo.py`` runs them."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ZOO = ROOT / "surgtools" / "zoo"


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        command: its words, without the interpreter.
        result: file that is there when it is done; None runs it every time.
        environment: beside the process's own.
    """

    command: tuple[str, ...]
    result: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return shlex.join(self.command)


def steps(
    settings: Mapping[str, Any], out: Path, photographs: str | None, workers: int | None
) -> Iterator[Step]:
    """All commands in order, up to the last training."""
    for split, sets in (("train", settings["data"]), ("val", settings["val"])):
        files = []
        for name, data in sets.items():
            files.append(out / "data" / name / split / "coco_keypoints.json")
            yield generate(data, files[-1], split, workers)
        joined = out / "union" / split / "coco_keypoints.json"
        merge = ("tools/data.py", "merge", *map(str, files), "--out", str(joined))
        yield Step((*merge, "--pictures", "link"), joined)
    for role, network in settings["networks"].items():
        yield from trainings(network, out, role, photographs)
    networks = settings["networks"]
    pose = networks.get("pose", {})
    if "presence" in pose:
        detector = last(networks["detector"], out)
        yield from presence(pose, detector, out, photographs, workers)
    if "longer" in pose:
        yield from train_longer(pose, out, photographs)


def generate(
    data: Mapping[str, Any], file: Path, split: str, workers: int | None, layers: bool = True
) -> Step:
    """Render one set."""
    command = ["tools/generate.py", str(data["preset"]), "--out", str(file.parents[1])]
    command += ["--num", str(data["num"]), "--seed", str(data["seed"]), "--split", split]
    command += ["--layers"] if layers else []
    return Step((*command, *(["--workers", str(workers)] if workers else [])), file)


def trainings(
    network: Mapping[str, Any], out: Path, role: str, photographs: str | None
) -> Iterator[Step]:
    """Write what the first training starts from, then one training after the other."""
    start = first_weights(network.get("start"), out)
    if isinstance(network.get("start"), dict):
        command = ("tools/stitch_backbone.py", str(start), "--data", str(out / "union"))
        command += ("--from", network["start"]["stitch"])
        yield Step((*command, *(("--photographs", photographs) if photographs else ())), start)
    for number, training in enumerate(network["trainings"]):
        folders = out / "union", out / role / str(number)
        step = train(network["config"], training, start, *folders, photographs)
        yield step
        start = step.result
    yield from after_training(network, out, role)


def train(
    config: str,
    training: Mapping[str, Any],
    start: Path | None,
    data: Path,
    folder: Path,
    photographs: str | None,
) -> Step:
    """One training, from ``start`` on."""
    options = dict(training.get("options") or {})
    if start is not None:
        options["load_from"] = str(start)
    command = ["tools/train.py", config, "--data", str(data)]
    command += ["--work-dir", str(folder), "--epochs", str(training["epochs"])]
    command += ["--seed", str(training["seed"]), "--resume", "--no-validate"]
    command += ["--amp"] if training.get("amp", True) else []
    if options:
        command += ["--cfg-options", *(f"{key}={value}" for key, value in options.items())]
    environment = {"SURGTOOLS_PHOTOGRAPHS": photographs} if photographs else {}
    return Step(tuple(command), folder / f"epoch_{training['epochs']}.pth", environment)


def after_training(network: Mapping[str, Any], out: Path, role: str) -> Iterator[Step]:
    """Mix in a share of the starting weights (``start_share``), and move the scores so that the
    usual threshold takes the place of another one (``threshold``); both without any training."""
    file = trained_files(network, out, role)[-1]
    if "start_share" in network:
        share, start = network["start_share"], first_weights(network["start"], out)
        average = ("tools/average_checkpoints.py", str(start), str(file))
        file = out / role / "with_start.pth"
        average += ("--shares", str(share), f"{1 - share:g}", "--out", str(file))
        yield Step(average, file)
    if "threshold" in network:
        calibrate = ("tools/calibrate_detector.py", network["config"], str(file))
        file = out / role / "calibrated.pth"
        calibrate += ("--threshold", str(network["threshold"]), "--out", str(file))
        yield Step(calibrate, file)


def presence(
    pose: Mapping[str, Any],
    detector: tuple[str, Path],
    out: Path,
    photographs: str | None,
    workers: int | None,
) -> Iterator[Step]:
    """Compose frames, render whole pictures, and learn which boxes of the detectors show an
    instrument in them.

    Args:
        detector: its config and its last weights, which also hold the photo backbone.
    """
    settings, folders = pose["presence"], []
    names = [*settings["frames"], *settings.get("pictures", {})]
    config, weights = detector
    behind = ("--backgrounds", photographs) if photographs else ()
    for name, frames in settings["frames"].items():
        folders.append(str(out / "composed" / name))
        compose = ["tools/compose_frames.py", "--degrade"]
        compose += ["--data", str(out / "data" / frames["data"])]
        compose += ["--out", folders[-1]]
        for key in ("num", "seed", "size", "extent", "light", "emptied"):
            compose += [f"--{key}", *str(frames[key]).split()]
        result = Path(folders[-1]) / "train" / "coco_keypoints.json"
        yield Step((*compose, *behind), result)
    for name, pictures in settings.get("pictures", {}).items():
        folders.append(str(out / "pictures" / name))
        result = Path(folders[-1]) / "train" / "coco_keypoints.json"
        yield generate(pictures, result, "train", workers, layers=False)
    start, fits = last(pose, out, "pose")[1], settings["fits"]
    for number, own in enumerate(fits):
        fitted = fitted_presence(out)
        if number < len(fits) - 1:
            fitted = fitted.with_name(f"with_presence_{number}.pth")
        data = [folder for folder in folders if Path(folder).name in own.get("sets", names)]
        fit = ["tools/fit_presence.py", str(fitted), "--data", *data]
        fit += ["--pose-weights", str(start), "--photo-weights", str(weights)]
        fit += ["--detector", config, str(weights), "--detector", settings["beside"]]
        for key in ("prior", "seed", "channels", "hidden", "keep"):
            fit += [f"--{key}", *str(own[key]).split()] if key in own else []
        yield Step(tuple(fit), fitted)
        start = fitted


def train_longer(pose: Mapping[str, Any], out: Path, photographs: str | None) -> Iterator[Step]:
    """Train keypoints on all that was rendered, and leave presence the backbone that it reads.

    What presence learned says less of features that change under it.
    """
    sets = [out / "union", *(out / "pictures" / name for name in pose["presence"]["pictures"])]
    files = [str(folder / "train" / "coco_keypoints.json") for folder in sets]
    joined = out / "all" / "train" / "coco_keypoints.json"
    merge = ("tools/data.py", "merge", *files, "--out", str(joined), "--pictures", "link")
    yield Step(merge, joined)
    start, own = last(pose, out, "pose")[1], pose["longer"]
    folder = out / "pose" / "longer"
    trained = train(pose["config"], own, start, out / "all", folder, photographs)
    yield trained
    average = ("tools/average_checkpoints.py", str(start), str(trained.result), "--shares")
    average += (str(own["start_share"]), f"{1 - own['start_share']:g}")
    average += ("--into", str(fitted_presence(out)), "--presence-apart")
    yield Step((*average, "--out", str(longer_trained(out))), longer_trained(out))


def longer_trained(out: Path) -> Path:
    """The pose network with presence, once its keypoints have trained longer."""
    return out / "pose" / "longer.pth"


def fitted_presence(out: Path) -> Path:
    """The pose network once presence is fitted."""
    return out / "pose" / "with_presence.pth"


def last(network: Mapping[str, Any], out: Path, role: str = "detector") -> tuple[str, Path]:
    """Config and weights that the steps of a network end with, before presence is fitted."""
    file = trained_files(network, out, role)[-1]
    if "start_share" in network:
        file = out / role / "with_start.pth"
    return network["config"], out / role / "calibrated.pth" if "threshold" in network else file


def trained_files(network: Mapping[str, Any], out: Path, role: str) -> list[Path]:
    """Where each training of a network ends."""
    return [
        out / role / str(number) / f"epoch_{training['epochs']}.pth"
        for number, training in enumerate(network["trainings"])
    ]


def first_weights(start: str | Mapping[str, str] | None, out: Path) -> Path | None:
    """An alias, a checkpoint, None for random weights, or ``stitch: ALIAS`` for
    ``tools/stitch_backbone.py`` from that one."""
    if start is None:
        return None
    if isinstance(start, Mapping):
        return out / "stitched_start.pth"
    alias = ZOO / f"{start}.pth"
    return alias if alias.is_file() else Path(start)
