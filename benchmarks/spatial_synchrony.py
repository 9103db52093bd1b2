"""Views of the right and of wrong moments, rendered: which of them triangulate takes.

python benchmarks/spatial_synchrony.py --out OUT --scenes 12 [--models accurate] [--draws 20]

OUT is that of benchmarks/spatial_views.py, which has rendered and predicted them. Every two and
every three of the four cameras are put together as they are, with all moments of the last view
exchanged, and with two moments of it exchanged.
"""

import argparse
import json
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_views import CAMERAS  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.spatial.rig import read_rig  # noqa: E402
from surgtools.spatial.space_tracks import instruments_in_space  # noqa: E402
from surgtools.spatial.view_files import ViewFile, read_view  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--models", default="accurate")
    parser.add_argument("--draws", type=int, default=20)
    args = parser.parse_args()
    root, rng = args.out / "rig", np.random.default_rng(0)
    rig = read_rig(root / "rig.toml")
    views = [
        read_view(root / f"found_{args.models}_{args.scenes}_{n}/predictions.json", camera.camera)
        for n, camera in enumerate(rig)
    ]
    table = {}
    for kind, exchange, draws in (
        ("right", None, 1),
        ("all moments of one view exchanged", all_exchanged, args.draws),
        ("two moments of one view exchanged", two_exchanged, args.draws),
    ):
        for count in (2, 3):
            answers = {"taken": 0, "taken with a warning": 0, "refused": 0}
            for chosen in combinations(range(CAMERAS), count):
                for _ in range(draws):
                    own = [views[i] for i in chosen]
                    if exchange is not None:
                        own[-1] = in_order(own[-1], exchange(len(own[-1].moments), rng))
                    answers[judged([rig[i] for i in chosen], own)] += 1
            table[f"{kind}, {count} views"] = answers
    write_json(args.out / f"synchrony_{args.models}.json", table, indent=1)
    print(json.dumps(table, indent=1))


def judged(cameras: list, views: list[ViewFile]) -> str:
    """What triangulate does with these views."""
    try:
        _, doubts = instruments_in_space(cameras, views)
    except InputError:
        return "refused"
    return "taken with a warning" if doubts else "taken"


def in_order(view: ViewFile, order: np.ndarray) -> ViewFile:
    """The same names, each with what was seen at another moment."""
    moments = [
        replace(moment, instances=view.moments[i].instances)
        for moment, i in zip(view.moments, order, strict=True)
    ]
    return replace(view, moments=moments)


def all_exchanged(count: int, rng: np.random.Generator) -> np.ndarray:
    """An order in which nothing stays where it was."""
    while True:
        order = rng.permutation(count)
        if (order != np.arange(count)).all():
            return order


def two_exchanged(count: int, rng: np.random.Generator) -> np.ndarray:
    order = np.arange(count)
    one, other = rng.choice(count, 2, replace=False)
    order[[one, other]] = order[[other, one]]
    return order


if __name__ == "__main__":
    main()
