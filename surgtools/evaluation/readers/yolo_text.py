"""YOLO-pose text: a folder with one file per picture, one line per instance.

``class cx cy w h (x y score) * k confidence``, lengths relative to the picture's size, classes
from 0 in the order of the taxonomy; ``x y`` without a keypoint score is read as well.
"""

from collections.abc import Mapping
from pathlib import Path

from surgtools.errors import InputError
from surgtools.evaluation.readers.picture_index import PictureIndex, left_out_note
from surgtools.taxonomy import SURGICAL, Taxonomy


def read_yolo_text(
    path: Path, ground_truth: Mapping, taxonomy: Taxonomy = SURGICAL
) -> tuple[list[dict], list[str]]:
    """Read a folder of YOLO-pose predictions (``save_txt=True save_conf=True``).

    A picture without a file has no instance.

    Raises:
        InputError: no folder, no text file, or a line that is no prediction (file and line).
    """
    if not path.is_dir():
        raise InputError(f"{path}: YOLO predictions are a folder of .txt files; give that folder")
    files = sorted(path.rglob("*.txt"))
    if not files:
        raise InputError(f"{path}: holds no .txt file; predict with save_txt=True save_conf=True")
    index = PictureIndex(ground_truth, by_stem=True)
    names = [file.relative_to(path).as_posix() for file in files]
    images = index.find_all(names)
    rows, unknown = [], []
    for file, name in zip(files, names, strict=True):
        image = images.get(name)
        if image is None:
            unknown.append(file.name)
            continue
        for number, line in enumerate(_read(file).splitlines(), start=1):
            if line.strip():
                rows.append(_parse_line(line, image, f"{file}: line {number}", taxonomy))
    return rows, left_out_note(unknown, len(files) - len(unknown), str(path))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as UTF-8 text ({error}); save it so") from error


def _parse_line(line: str, image: Mapping, where: str, taxonomy: Taxonomy) -> dict:
    categories = taxonomy.categories
    try:
        label, *values = [float(word) for word in line.split()]
    except ValueError as error:
        raise InputError(f"{where} holds something that is no number; export it again") from error
    if label not in range(len(categories)):
        raise InputError(
            f"{where} has class {label:g}; classes 0 to {len(categories) - 1} are expected "
            f"({', '.join(i.name for i in categories)})"
        )
    instrument = categories[int(label)]
    # YOLO gives every class as many keypoints as the largest one has.
    counts = (instrument.num_keypoints, max(i.num_keypoints for i in categories))
    step = {5 + size * count: size for count in counts for size in (2, 3)}.get(len(values))
    if step is None:
        raise InputError(
            f"{where} has {len(values) + 1} numbers; {instrument.name} needs {6 + 3 * counts[0]} "
            "(class, box, x y score of each keypoint, confidence); predict with save_conf=True"
        )
    width, height = image["width"], image["height"]
    cx, cy, w, h = values[:4]
    score = values[-1]
    keypoints: list[float] = []
    for at in range(4, 4 + step * instrument.num_keypoints, step):
        keypoint_score = values[at + 2] if step == 3 else 1.0
        keypoints += [values[at] * width, values[at + 1] * height, keypoint_score]
    return {
        "image_id": image["id"],
        "category_id": instrument.id,
        "bbox": [(cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height],
        "score": score,
        "keypoints": keypoints,
    }
