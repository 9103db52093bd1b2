"""Any skeleton, by commands alone: from an annotation file to predictions without torch.

For every fixture: check the file, write its taxonomy, split it, write the configs of a first
training, train both networks for two epochs, score them, predict in the labelled boxes, export,
and in a process that cannot import torch detect and predict in these boxes again. What a step says
when it fails is its cell in the table.

    python benchmarks/skeletons.py --out work_dirs/skeletons [NAME ...]

Steps that were done stay done: run it again to go on. A fixture is a folder with one COCO file and
its pictures.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

FIXTURES = ROOT.parent / "shared/assets/skeletons"

WITHOUT_TORCH = (
    "import sys; sys.modules['torch'] = None\n"
    "from surgtools.cli import main\n"
    "code = main(sys.argv[1:])\n"
    "assert sys.modules['torch'] is None, 'something put torch back'\n"
    "sys.exit(code)\n"
)
"""A program in which ``import torch`` fails."""


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        name: head of its column.
        argv: what stands behind ``surgtools``.
        codes: exit codes that let the chain go on; ``data check`` ends with 1 after a finding.
        makes: what it writes, taken away before it is run again.
        torch: whether it may import torch.
    """

    name: str
    argv: list[str]
    makes: Path | None = None
    codes: tuple[int, ...] = (0,)
    torch: bool = True


@dataclass
class Outcome:
    """A fixture's row of the table."""

    fixture: str
    categories: int = 0
    keypoints: str = ""
    cells: dict[str, str] = field(default_factory=dict)


def chain(annotations: Path, work: Path) -> list[Step]:
    """The commands, in order; ``annotations`` lies beside the pictures."""
    data, start, found = work / "data", work / "start", work / "found"
    models, onnx = start / "work", work / "onnx"
    pictures = str(data / "val/images")
    small = ["--epochs", "2", "--cfg-options", "train_dataloader.num_workers=0",
             "train_dataloader.persistent_workers=False", "val_dataloader.num_workers=0",
             "val_dataloader.persistent_workers=False"]  # fmt: skip
    fixed = work / "fixed/coco_keypoints.json"
    halves = ["--ratios", "0.5", "0.5"]

    def train(part: str) -> list[str]:
        where = ["--data", str(data), "--taxonomy", str(start / "taxonomy.yaml")]
        return ["train", str(start / f"{part}.py"), *where, "--work-dir", str(models / part),
                *small]  # fmt: skip

    def predict(source: Path, *how: str) -> list[str]:
        return ["predict", pictures, "--models", str(source), *how]

    in_boxes = ["--boxes", str(work / "boxes.json"), "--no-draw", "--out-dir"]
    seen = work / "detected/boxes.json"
    return [
        Step("check", ["data", "check", str(annotations), "--fix", str(fixed)], fixed, (0, 1)),
        Step("taxonomy", ["data", "taxonomy", str(fixed), "--out", str(work / "taxonomy.yaml")]),
        Step("split", ["data", "split", str(fixed), "--out-dir", str(data), *halves], data),
        Step("init", ["init", str(data), "--out-dir", str(start)], start),
        Step("train detector", train("detector"), models / "detector"),
        Step("train pose", train("pose"), models / "pose"),
        Step("test", ["test", "--models", str(models), "--data", str(data), "--no-tta",
                      "--bootstrap", "0", "--work-dir", str(work / "test")], work / "test"),
        Step("predict", predict(models, *in_boxes, str(found)), found),
        Step("export", ["export", "--models", str(models), "--out-dir", str(onnx)], onnx),
        Step("torch-free detection", predict(onnx, "--bbox-thr", "0", "--save-boxes", str(seen)),
             seen, torch=False),
        Step("torch-free predict", predict(onnx, *in_boxes, str(work / "found_onnx")),
             work / "found_onnx", torch=False),
    ]  # fmt: skip


def lay_out(fixture: Path, work: Path) -> Path:
    """A copy of the file with its pictures under the names that it gives them.

    Some fixtures name folders that they leave out, as ``HumanArt/images/``.
    """
    files = [path for path in sorted(fixture.glob("*.json")) if "_det_" not in path.name]
    content = json.loads(files[0].read_text(encoding="utf-8"))
    folder = work / "given"
    shutil.rmtree(work, ignore_errors=True)
    for image in content["images"]:
        parts = Path(image["file_name"]).parts
        tails = (fixture.joinpath(*parts[at:]) for at in range(len(parts)))
        picture = next((path for path in tails if path.is_file()), None)
        target = folder / "images" / image["file_name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        if picture is not None:
            shutil.copyfile(picture, target)
    shutil.copyfile(files[0], folder / "coco_keypoints.json")
    (work / "fixed").mkdir()
    (work / "fixed/images").symlink_to(folder / "images")
    return folder / "coco_keypoints.json"


def run_fixture(fixture: Path, work: Path) -> Outcome:
    """Go through the chain as far as it goes; what was done before is not done again."""
    record = work / "outcome.json"
    if record.is_file():
        outcome = Outcome(**json.loads(record.read_text()))
        annotations = work / "given/coco_keypoints.json"
    else:
        outcome = Outcome(fixture.name)
        annotations = lay_out(fixture, work)
        rows = json.loads(annotations.read_text(encoding="utf-8"))["categories"]
        counts = sorted({len(row.get("keypoints") or ()) for row in rows})
        outcome.categories, outcome.keypoints = len(rows), ", ".join(map(str, counts))
    for step in chain(annotations, work):
        if outcome.cells.get(step.name, "").startswith("ok"):
            continue
        print(f"{fixture.name}: {step.name}", flush=True)
        if step.name == "predict":
            write_boxes(work / "data/val/coco_keypoints.json", work / "boxes.json")
        code, said = run_step(step, work / "log.txt")
        good = code in step.codes
        outcome.cells[step.name] = f"ok{remark(step, code, work)}" if good else said
        record.write_text(json.dumps(vars(outcome), indent=1))
        if not good:
            break
    return outcome


def write_boxes(annotations: Path, target: Path) -> None:
    """The labelled boxes as a file for ``predict --boxes``."""
    content = json.loads(annotations.read_text(encoding="utf-8"))
    by_image: dict[int, list[dict]] = {image["id"]: [] for image in content["images"]}
    for row in content["annotations"]:
        x, y, w, h = row["bbox"]
        box = {"category_id": row["category_id"], "bbox": [x, y, x + w, y + h]}
        by_image[row["image_id"]].append(box)
    rows = [
        {"image": image["file_name"], "instances": by_image[image["id"]]}
        for image in content["images"]
    ]
    target.write_text(json.dumps({"instance_info": rows}))


def run_step(step: Step, log: Path) -> tuple[int, str]:
    """Exit code of one command, and the last line that it said."""
    if step.makes is not None:
        shutil.rmtree(step.makes, ignore_errors=True)
        step.makes.unlink(missing_ok=True)
    before = log.stat().st_size if log.is_file() else 0
    if step.torch:
        process = multiprocessing.get_context("fork").Process(
            target=_command, args=(step.argv, log)
        )
        process.start()
        process.join()
        code = process.exitcode
    else:
        with log.open("a") as file:
            command = [sys.executable, "-c", WITHOUT_TORCH, *step.argv]
            code = subprocess.run(command, stdout=file, stderr=file, cwd=ROOT).returncode
    lines = log.read_bytes()[before:].decode(errors="replace").strip().splitlines()
    return code, f"exit {code}: {lines[-1].strip() if lines else 'nothing said'}"


def _command(argv: list[str], log: Path) -> None:
    """The command line in a child of its own; only the imports are shared."""
    from surgtools.cli import main

    with log.open("a", buffering=1) as file, redirect_stdout(file), redirect_stderr(file):
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        print("$ surgtools", *argv)
        try:
            code = main(argv)
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
            if argv[:2] == ["data", "check"]:
                code = 70  # 1 is "found something" there
    os._exit(code)


def remark(step: Step, code: int, work: Path) -> str:
    """What a cell says beside ``ok``."""
    if step.name == "check" and code:
        return ", with findings"
    if step.name == "predict":
        return f", {sum(1 for _ in instances(work / 'found'))} instances"
    if step.name == "torch-free predict":
        return f", {farthest(work)} px from torch"
    return ""


def instances(folder: Path) -> Iterator[dict]:
    """What was predicted, picture by picture."""
    for row in json.loads((folder / "predictions.json").read_text())["instance_info"]:
        yield from row["instances"]


def farthest(work: Path) -> str:
    """Largest distance in pixels between the keypoints of the two predictions."""
    pairs = zip(instances(work / "found"), instances(work / "found_onnx"), strict=True)
    gaps = [np.abs(np.subtract(a["keypoints"], b["keypoints"])).max() for a, b in pairs]
    return f"{max(gaps):.2f}" if gaps else "none"


def to_table(outcomes: list[Outcome]) -> str:
    """Markdown; a step that was not reached is empty."""
    names = [step.name for step in chain(Path(), Path())]
    lines = ["| fixture | categories | keypoints | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 3) + "|")
    for outcome in outcomes:
        cells = [outcome.cells.get(name, "") for name in names]
        lines.append(
            f"| {outcome.fixture} | {outcome.categories} | {outcome.keypoints} | "
            + " | ".join(cell.replace("|", "/") for cell in cells)
            + " |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="fixtures; all when none")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="folder of the fixtures")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/skeletons"))
    parser.add_argument("--again", action="store_true", help="forget what was done")
    args = parser.parse_args()
    names = args.names or sorted(path.name for path in args.fixtures.iterdir() if path.is_dir())
    import surgtools.register  # noqa: F401  (once, for all children)

    outcomes = []
    for name in names:
        work = args.out.resolve() / name
        if args.again:
            shutil.rmtree(work, ignore_errors=True)
        outcomes.append(run_fixture(args.fixtures / name, work))
    print(to_table(outcomes))
    return 0 if all("torch-free predict" in outcome.cells for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
