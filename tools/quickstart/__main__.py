"""Tell the story: run its steps, then write the summary page. Called by tools/quickstart.sh."""

import argparse
import sys
import time
from pathlib import Path

from surgtools.errors import InputError
from tools.quickstart.page import write_page
from tools.quickstart.steps import StepFailed, StepRunner
from tools.quickstart.story import plan


def main() -> int:
    """Exit code 0 done, 1 a step failed, 2 the folder is in use, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", default="", help="empty for none")
    parser.add_argument("--spent", type=int, default=0, help="seconds the environment took")
    args = parser.parse_args()
    out = args.out.resolve()
    steps = plan(out, Path(args.images).resolve() if args.images else None)
    began = time.monotonic()
    try:
        with StepRunner(out, total=len(steps) + 2, number=1) as runner:
            for step in steps:
                runner.run(step)
            page = write_page(out, runner.seconds(steps))
    except InputError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 2
    except StepFailed as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nquickstart: stopped; run it again to go on", file=sys.stderr)
        return 130
    minutes = (time.monotonic() - began + args.spent) / 60
    print(f"\n[{len(steps) + 2}/{len(steps) + 2}] Summary: {page}  ({minutes:.1f} minutes in all)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
