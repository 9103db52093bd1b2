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

        scores = dict(map(read_scores, args.scores))
        paths = release(
            args.config, args.checkpoint, args.alias, scores, without_git=args.without_git
        )
        for path in paths:
            print(f"{path.name}: {path.stat().st_size / 2**20:.1f} MiB")
    except InputError as error:
        print(f"release_model: {error}", file=sys.stderr)
        return 2
    return 0


def read_scores(word: str) -> tuple[str, dict]:
    """Name of a set and the summary of its scores, from ``NAME=METRICS.json``.

    Raises:
        InputError: the word has another form, or the file is none of ``surgtools test``.
    """
    name, _, path = word.partition("=")
    if not name or not path:
        raise InputError(f"{word}: NAME=METRICS.json is expected, such as val=metrics.json")
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("summary"), dict):
        raise InputError(f"{path}: has no summary; give a metrics.json of `surgtools test`")
    return name, content["summary"]


if __name__ == "__main__":
    sys.exit(main())
