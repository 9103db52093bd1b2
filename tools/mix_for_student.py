"""Put several data sets together for a student, each as often as it should be seen.

python tools/mix_for_student.py LABELLED:8 TILED RENDERED:4 COMPOSED --out MIXED
python tools/mix_for_student.py LABELLED --keep-apart 8 --out KEPT  # first, to keep some apart

`surgtools data merge` keeps each picture once. Here `:8` lets the pictures of `train` stand eight
times, since few photographs drown among many renders. Labels go along as they are, soft ones and
layers, too. `val` is that of the first data set, or with `--keep-apart N` every Nth of its
pictures, which are then not in `train`. Pictures are linked, not copied.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.errors import InputError  # noqa: E402


def main() -> int:
    """Mix, say how many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+", metavar="DIR[:TIMES]", help="dataset folders")
    parser.add_argument(
        "--keep-apart", type=int, metavar="N", help="every Nth picture of the first one is val"
    )
    parser.add_argument("--out", required=True, type=Path, help="dataset folder to write")
    args = parser.parse_args()
    try:
        for line in mix([read_times(word) for word in args.data], args.keep_apart, args.out):
            print(line)
    except InputError as error:
        print(f"mix_for_student: {error}", file=sys.stderr)
        return 2
    return 0


def read_times(word: str) -> tuple[Path, int]:
    """A folder and how often it counts, from ``DIR`` or ``DIR:TIMES``.

    Raises:
        InputError: it counts less than once.
    """
    folder, times = re.fullmatch(r"(.+?)(?::(\d+))?", word).groups()
    if times is not None and int(times) < 1:
        raise InputError(f"{word}: counts no time; give 1 or more, or leave it out")
    return Path(folder), int(times or 1)


def mix(parts: list[tuple[Path, int]], keep_apart: int | None, out: Path) -> Iterable[str]:
    """Write both splits; yields what became of each data set.

    Raises:
        InputError: a data set cannot be read, has other categories than the first or too few
            pictures, or ``out`` holds one.
    """
    from surgtools.annotations.coco import load_coco
    from surgtools.annotations.taxonomies import carry_taxonomy, find_taxonomy
    from surgtools.dataset_folder import annotation_file

    first = parts[0][0]
    for split in ("train", "val"):
        if annotation_file(out, split).exists():
            raise InputError(f"{annotation_file(out, split)}: is there already; choose another")
    if keep_apart is not None and keep_apart < 2:
        raise InputError(f"--keep-apart {keep_apart}: 2 or more is expected")
    taxonomy = find_taxonomy(first)[0]
    files = [annotation_file(folder, "train") for folder, _ in parts]
    contents = [load_coco(file, find_taxonomy(file)[0]) for file in files]
    for file, content in zip(files, contents, strict=True):
        names = [(row["id"], row["name"], row.get("keypoints")) for row in content["categories"]]
        if names != [(c.id, c.name, list(c.keypoints)) for c in taxonomy.categories]:
            raise InputError(
                f"{file}: has other categories than {first}; mix data of one taxonomy"
            )
    train, val = Split(out, "train", taxonomy), Split(out, "val", taxonomy)
    kept = contents[0]["images"][keep_apart - 1 :: keep_apart] if keep_apart else []
    if keep_apart and not kept:
        raise InputError(
            f"--keep-apart {keep_apart}: {first} has {len(contents[0]['images'])} pictures, so "
            "none would be kept; give a smaller number"
        )
    if keep_apart:
        val.add(files[0], contents[0], kept, "0")
    elif (file := annotation_file(first, "val")).exists():
        content = load_coco(file, taxonomy)
        val.add(file, content, content["images"], "0")
    apart = {row["id"] for row in kept}
    for number, (content, file, (folder, times)) in enumerate(
        zip(contents, files, parts, strict=True)
    ):
        rows = content["images"]
        if number == 0:
            rows = [row for row in rows if row["id"] not in apart]
        for copy in range(times):
            train.add(file, content, rows, f"{number}.{copy}")
        yield f"{folder}: {len(rows)} pictures, {times} times"
    for split in (train, *([val] if val.builder.images else [])):
        split.builder.write(annotation_file(out, split.name))
        yield (
            f"{out}/{split.name}: {len(split.builder.images)} pictures, "
            f"{len(split.builder.annotations)} instruments"
        )
    if note := carry_taxonomy(files, out):
        yield note


class Split:
    """One split that grows: pictures are linked at once, labels written at the end."""

    def __init__(self, out: Path, name: str, taxonomy) -> None:
        from surgtools.annotations.coco import CocoBuilder

        self.name, self.folder = name, out / name
        self.builder = CocoBuilder({"mixed": str(out)}, taxonomy.categories)
        self._taken: set[Path] = set()

    def add(self, file: Path, content: dict, images: list[dict], prefix: str) -> None:
        """Pictures of one file with their labels, under names of their own.

        Raises:
            InputError: a picture is not there.
        """
        from surgtools.annotations.pictures import place_picture
        from surgtools.dataset_folder import layer_folder, picture_folder
        from surgtools.datasets.picture_paths import locate_layer, locate_picture

        labels: dict[int, list[dict]] = {}
        for row in content["annotations"]:
            labels.setdefault(row["image_id"], []).append(row)
        for image in images:
            new = {key: value for key, value in image.items() if key not in ("id", "video_id")}
            paths = {"file_name": ("images", locate_picture(image, picture_folder(file), file))}
            if image.get("layer"):
                paths["layer"] = ("layers", locate_layer(image, layer_folder(file)))
            for key, (folder, path) in paths.items():
                if not Path(path).is_file():
                    raise InputError(f"{path}: is not there, {file} names it")
                name = f"{prefix}_{image[key]}".replace("/", "_")
                target = self._free(self.folder / folder / name)
                place_picture(Path(path), target)
                new[key] = target.name
            image_id = len(self.builder.images) + 1
            self.builder.images.append({"id": image_id, **new})
            for row in labels.get(image["id"], ()):
                own = {"id": len(self.builder.annotations) + 1, "image_id": image_id}
                self.builder.annotations.append({**row, **own})

    def _free(self, wanted: Path) -> Path:
        """``wanted``, with a number where another picture has it: ``a/b.png`` and ``a_b.png``."""
        number, path = 1, wanted
        while path in self._taken:
            number += 1
            path = wanted.with_stem(f"{wanted.stem}_{number}")
        self._taken.add(path)
        return path


if __name__ == "__main__":
    sys.exit(main())
