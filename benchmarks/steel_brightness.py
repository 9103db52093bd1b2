"""Is rendered steel as dark against its table as photographs show it?

    python benchmarks/steel_brightness.py --photographs DIR --rendered DIR/train

Photographs need no labels, but one camera over one table: the median of all pictures is the table,
and what differs from it is an instrument (and its shadow). In rendered pictures the labels' masks
say what is an instrument, and a ring around each shows its table; only grey tables about as bright
as the photographs' are counted. Prints how many of the pixels that stand out are darker.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from pycocotools import mask as rle

STANDS_OUT = 15
"""Grey levels of 255 between a pixel and its table."""

GREY = 20
"""Levels between the strongest and the weakest color of what still counts as grey."""

LEAST_PIXELS = 400
MOST_SHARE = 0.25
"""Of a photograph; what is larger is a change of light, no instrument."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photographs", type=Path, required=True, help="of one table")
    parser.add_argument("--rendered", type=Path, required=True, help="a split with labels")
    args = parser.parse_args()
    pictures = [cv2.imread(str(path)) for path in sorted(args.photographs.glob("*.jpg"))]
    tables, real = dark_in_photographs(np.stack(pictures).mean(axis=-1, dtype=np.float32))
    low, high = np.percentile(tables, [5, 95]) + [-35, 35]
    brightness, rendered = dark_in_rendered(args.rendered)
    like = (brightness >= low) & (brightness <= high)
    print(f"photographs: {describe(real)}")
    print(f"rendered, grey tables of {low:.0f} to {high:.0f}: {describe(rendered[like])}")


def dark_in_photographs(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brightness of the table and dark share of each photograph with an instrument.

    Args:
        grey: (N, H, W) levels.
    """
    level = np.median(grey, axis=(1, 2))
    table = np.median(grey - level[:, None, None], axis=0)
    found = []
    for picture, light in zip(grey, level, strict=True):
        difference = picture - light - table
        smooth = cv2.GaussianBlur(difference, (0, 0), 0.7)
        mask = (np.abs(smooth) > STANDS_OUT).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        large = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= LEAST_PIXELS)
        instrument = np.isin(labels, large)
        if 0 < instrument.mean() <= MOST_SHARE:
            found.append((light, dark_share(difference[instrument])))
    return tuple(np.array(found).reshape(-1, 2).T)


def dark_in_rendered(split: Path) -> tuple[np.ndarray, np.ndarray]:
    """Brightness of the table around and dark share of each instrument on a grey one."""
    from surgtools.annotations.coco import load_coco

    content = load_coco(split / "coco_keypoints.json")
    names = {image["id"]: image["file_name"] for image in content["images"]}
    found = []
    for annotation in content["annotations"]:
        mask = rle.decode(annotation["segmentation"])
        if mask.sum() < LEAST_PIXELS:
            continue
        picture = cv2.imread(str(split / "images" / names[annotation["image_id"]]))
        ring = cv2.dilate(mask, np.ones((25, 25))) - cv2.dilate(mask, np.ones((9, 9)))
        if not ring.any() or np.ptp(np.median(picture[ring > 0], axis=0)) > GREY:
            continue
        grey = picture.mean(axis=-1)
        table = np.median(grey[ring > 0])
        found.append((table, dark_share(grey[mask > 0] - table)))
    return tuple(np.array(found).reshape(-1, 2).T)


def dark_share(difference: np.ndarray) -> float:
    """Share of the pixels that stand out which are darker than the table; NaN for none."""
    out = difference[np.abs(difference) > STANDS_OUT]
    return float((out < 0).mean()) if len(out) else float("nan")


def describe(shares: np.ndarray) -> str:
    shares = shares[np.isfinite(shares)]
    if not len(shares):
        return "no instrument found"
    low, high = np.percentile(shares, [10, 90])
    return f"{len(shares)} instruments, {shares.mean():.2f} dark ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
