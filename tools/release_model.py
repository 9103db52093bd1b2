"""Put a trained model into the zoo of the package.

``release_model.py CONFIG CHECKPOINT ALIAS [NAME=METRICS.json ...]``: METRICS.json is what
``surgtools test`` wrote; its summary becomes the model's scores on set NAME.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("checkpoint")
    parser.add_argument("alias", help="for example rtmpose-s_instruments")
    parser.add_argument("scores", nargs="*", metavar="NAME=METRICS.json")
    parser.add_argument(
        "--without-git",
        action="store_true",
        help="also release a checkpoint that does not say which code trained it",
    )
    args = parser.parse_args()
    try:
        import surgtools.register  # noqa: F401
        from surgtools.zoo.release import release

        named = [score.partition("=") for score in args.scores]
        scores = {name: read_json(path)["summary"] for name, _, path in named}
        paths = release(
            args.config, args.checkpoint, args.alias, scores, without_git=args.without_git
        )
        for path in paths:
            print(f"{path.name}: {path.stat().st_size / 2**20:.1f} MiB")
    except InputError as error:
        print(f"release_model: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
