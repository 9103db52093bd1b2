"""Tell the story: run its steps, and write the page. Called by tools/quickstart.sh.

The page is written when there is something to see, and again at the end.
"""

import argparse
import sys
import time
from pathlib import Path

from surgtools.errors import InputError
from tools.quickstart import sizes as budget
from tools.quickstart.page import write_page
from tools.quickstart.sizes import Sizes
from tools.quickstart.steps import Step, StepFailed, StepRunner, in_words
from tools.quickstart.story import PICTURES, chain, check, look, timed

BEFORE = 1
"""Steps that the script has gone before: the environment."""


def main() -> int:
    """Exit code 0 done, 1 a step failed, 2 the folder is in use, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", default="", help="empty for none")
    parser.add_argument("--spent", type=int, default=0, help="seconds the environment took")
    parser.add_argument("--full", action="store_true", help="the sizes that do not fit the time")
    args = parser.parse_args()
    images = Path(args.images).resolve() if args.images else None
    began = time.monotonic() - args.spent
    try:
        page, number = tell(args.out.resolve(), images, args.full)
    except InputError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 2
    except StepFailed as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nquickstart: stopped; run it again to go on", file=sys.stderr)
        return 130
    minutes = (time.monotonic() - began) / 60
    print(f"\n[{number}/{number}] Summary: {page}  ({minutes:.1f} minutes in all)")
    return 0


def tell(out: Path, images: Path | None, full: bool) -> tuple[Path, int]:
    """Run everything; returns the page and the number of steps."""
    began = time.monotonic()
    sizes = budget.FULL if full else budget.LEAST
    steps = timed(look(out, images), budget.TYPICAL_S)
    total = BEFORE + len([*steps, *check(out, sizes), *chain(out, images, sizes)]) + 1
    with StepRunner(out, total=total, number=BEFORE) as runner:
        for step in steps:
            runner.run(step)
            page = write_page(out, runner.seconds(steps), going_on=True)
            print(f"    results so far: {page}  ({time.monotonic() - began:.0f} s)", flush=True)
        checks = timed(check(out, sizes), budget.TYPICAL_S, sizes)
        run(runner, checks[:-1])
        sizes, picture_s = measure(runner, checks[-1], sizes, images, full, began)
        later = timed(chain(out, images, sizes), picture_s, sizes)
        tell_time(later, picture_s, full)
        if full:
            run(runner, later)
        else:
            later = run_in_time(runner, sizes, picture_s, images, began)
        page = write_page(out, runner.seconds([*steps, *checks, *later]))
    return page, runner.total


def run(runner: StepRunner, steps: list[Step]) -> None:
    """All of them in order."""
    for step in steps:
        runner.run(step)


def run_in_time(
    runner: StepRunner, sizes: Sizes, picture_s: float, images: Path | None, began: float
) -> list[Step]:
    """The chain, whose later steps are made smaller when earlier ones take longer than expected.

    Returns:
        The steps that ran or were reused.
    """
    done: dict[str, Step] = {}
    expected = spent = 0.0
    while True:
        left = budget.WHOLE_S - (time.monotonic() - began)
        pace = max(1.0, spent / expected) if expected else 1.0
        fitting = budget.shrink(sizes, pace * picture_s, left, done, images is not None)
        if fitting != sizes:
            told = "less is learnt"
            if sizes.adapt_epochs and not fitting.adapt_epochs:
                told += ", and the models are not adapted (--full does that)"
            print(f"\n    {in_words(max(left, 0))} of 20 minutes are left: {told}")
            sizes = fitting
            budget.write(runner.markers / "sizes.json", sizes, picture_s)
        steps = timed(chain(runner.out, images, sizes), pace * picture_s, sizes)
        todo = [step for step in steps if step.name not in done]
        runner.total = runner.number + len(todo) + 1
        if not todo:
            return list(done.values())
        start = time.monotonic()
        if runner.run(todo[0]):
            expected += todo[0].expected_s / pace
            spent += time.monotonic() - start
        done[todo[0].name] = todo[0]


def measure(
    runner: StepRunner,
    render: Step,
    sizes: Sizes,
    images: Path | None,
    full: bool,
    began: float,
) -> tuple[Sizes, float]:
    """Render for the first time; returns the sizes that fit, and the time of one picture.

    A run that goes on keeps the sizes that it had.
    """
    folder, kept = runner.out / render.folder, runner.markers / "sizes.json"
    before, start = count_pictures(folder), time.monotonic()
    ran = runner.run(render)
    after = count_pictures(folder)
    made = after - before if after > before else after
    known = budget.read(kept)
    if known and not ran:
        return (sizes, known[1]) if full else known
    picture_s = (time.monotonic() - start) / made if ran and made else budget.TYPICAL_S
    left = budget.WHOLE_S - (time.monotonic() - began)
    sizes = sizes if full else budget.fit(picture_s, left, images is not None)
    budget.write(kept, sizes, picture_s)
    return sizes, picture_s


def count_pictures(folder: Path) -> int:
    """Those that are rendered."""
    return sum(path.suffix in PICTURES for path in folder.glob("images/*"))


def tell_time(steps: list[Step], picture_s: float, full: bool) -> None:
    """How long the rest takes, before it starts."""
    seconds = sum(step.expected_s for step in steps)
    print(
        f"\n    This machine renders a picture in {picture_s:.1f} s. "
        f"The rest takes about {in_words(seconds)}."
    )
    if not full and seconds > budget.WHOLE_S:
        print("    It is too slow, or too busy, for the usual 20 minutes.")


if __name__ == "__main__":
    sys.exit(main())
