"""The dataset card: one self-contained page with pictures, counts and histograms."""

import base64
from io import BytesIO
from pathlib import Path

import cv2
import jinja2
import matplotlib
import numpy as np

from surgtools.annotations.coco import load_with_taxonomy
from surgtools.dataset_folder import ANNOTATIONS
from surgtools.files import write_whole
from surgtools.taxonomy import SURGICAL, Category, Taxonomy

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

_SAMPLES = 24
_TILE = 240
_COLORS = {"left": (70, 130, 255), "right": (255, 80, 60), "": (60, 220, 90)}
"""RGB of keypoints by side."""

_PAGE = jinja2.Template(
    """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font:15px/1.45 sans-serif;max-width:1240px;margin:2em auto;color:#222}
table{border-collapse:collapse}
td,th{padding:.2em .9em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}img{max-width:100%}pre{background:#f4f4f4;padding:1em;
overflow:auto;max-height:22em}</style></head><body>
<h1>{{ title }}</h1>
<p>{{ images }} pictures ({{ empty }} without a labelled instrument), {{ annotations }} instances.
{{ description }}</p>
<table><tr><th>category</th><th>instances</th><th>keypoints visible</th><th>hidden</th>
<th>outside</th></tr>
{% for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.count }}</td><td>{{ row.visible }}</td>
<td>{{ row.hidden }}</td><td>{{ row.outside }}</td></tr>{% endfor %}</table>
<h2>Samples</h2>
<p>Blue is left, red right, green neither; a filled dot is visible, a circle hidden.</p>
<img alt="contact sheet" src="data:image/jpeg;base64,{{ sheet }}">
<h2>Distributions</h2>
<img alt="histograms" src="data:image/png;base64,{{ charts }}">
<h2>Settings</h2><pre>{{ settings }}</pre></body></html>""",
    autoescape=True,
)


def write_card(folder: Path) -> Path:
    """Write ``DIR/SPLIT/card.html`` of a dataset folder that holds ``coco_keypoints.json``.

    Raises:
        InputError: the labels are missing or wrong.
    """
    folder = Path(folder)
    content, taxonomy = load_with_taxonomy(folder / ANNOTATIONS)
    info = content.get("info", {})
    by_image = annotations_by_image(content)
    page = _PAGE.render(
        title=f"Dataset {folder.resolve().parent.name}/{folder.resolve().name}",
        description=info.get("description", ""),
        images=len(content["images"]),
        empty=sum(not by_image[image["id"]] for image in content["images"]),
        annotations=len(content["annotations"]),
        rows=count_keypoints(content["annotations"], taxonomy),
        sheet=_encode_jpeg(_contact_sheet(folder, content["images"], by_image, taxonomy)),
        charts=_charts(content, taxonomy),
        settings=_settings_text(info.get("settings", {})),
    )
    path = folder / "card.html"
    with write_whole(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def annotations_by_image(content: dict) -> dict[int, list[dict]]:
    """Image id to its annotations; images without any have an empty list."""
    by_image: dict[int, list[dict]] = {image["id"]: [] for image in content["images"]}
    for annotation in content["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    return by_image


def count_keypoints(annotations: list[dict], taxonomy: Taxonomy = SURGICAL) -> list[dict]:
    """Per category: instances, and keypoints that are visible, hidden and outside."""
    rows = []
    for instrument in taxonomy.categories:
        own = [a for a in annotations if a["category_id"] == instrument.id]
        visibility = [v for a in own for v in a["keypoints"][2::3]]
        rows.append(
            {
                "name": instrument.name,
                "count": len(own),
                "visible": visibility.count(2),
                "hidden": visibility.count(1),
                "outside": visibility.count(0),
            }
        )
    return rows


def measure(content: dict, taxonomy: Taxonomy = SURGICAL) -> dict[str, dict[str, list[float]]]:
    """What the histograms show: name of the quantity to values per category name."""
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    names = ("scale", "x", "y", "angle", "opening", "visible")
    values = {name: {own.name: [] for own in taxonomy.categories} for name in names}
    for annotation in content["annotations"]:
        instrument = taxonomy.get(annotation["category_id"])
        width, height = sizes[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        keypoints = np.array(annotation["keypoints"]).reshape(-1, 3)
        row = {
            "scale": np.hypot(w, h) / min(width, height),
            "x": (x + w / 2) / width,
            "y": (y + h / 2) / height,
            "angle": _axis_angle(keypoints, instrument),
            "opening": np.rad2deg(annotation.get("opening_angle", np.nan)),
            "visible": float((keypoints[:, 2] == 2).sum()),
        }
        for name, value in row.items():
            if np.isfinite(value):
                values[name][instrument.name].append(float(value))
    return values


def draw_labels(
    picture: np.ndarray, annotations: list[dict], taxonomy: Taxonomy = SURGICAL
) -> np.ndarray:
    """A copy of an (H, W, 3) RGB picture with boxes, bones and keypoints."""
    picture = picture.copy()
    for annotation in annotations:
        instrument = taxonomy.get(annotation["category_id"])
        x, y, w, h = (round(value) for value in annotation["bbox"])
        cv2.rectangle(picture, (x, y), (x + w, y + h), (255, 190, 0), 1)
        keypoints = np.array(annotation["keypoints"]).reshape(-1, 3)
        places = [tuple(int(round(value)) for value in k[:2]) for k in keypoints]
        for a, b in instrument.skeleton:
            i, j = instrument.index(a), instrument.index(b)
            if keypoints[i, 2] and keypoints[j, 2]:
                cv2.line(picture, places[i], places[j], (220, 220, 220), 1, cv2.LINE_AA)
        side = {left: "left" for left, _ in instrument.swaps}
        side |= {right: "right" for _, right in instrument.swaps}
        for name, place, v in zip(instrument.keypoints, places, keypoints[:, 2], strict=True):
            color = _COLORS[side.get(name, "")]
            if v:
                cv2.circle(picture, place, 4, color, -1 if v == 2 else 1, cv2.LINE_AA)
    return picture


def _axis_angle(keypoints: np.ndarray, instrument: Category) -> float:
    """Degrees of the axis from base to tips, 0 pointing up, clockwise; NaN when it is cut off."""
    if not instrument.has_axis:
        return float("nan")
    base = keypoints[[instrument.index(name) for name in instrument.base]]
    tips = keypoints[[instrument.index(name) for name in instrument.tips]]
    if (base[:, 2] == 0).any() or (tips[:, 2] == 0).any():
        return float("nan")
    dx, dy = (tips.mean(axis=0) - base.mean(axis=0))[:2]
    return float(np.rad2deg(np.arctan2(dx, -dy)))


def _contact_sheet(
    folder: Path, images: list[dict], by_image: dict, taxonomy: Taxonomy
) -> np.ndarray:
    picked = np.linspace(0, len(images) - 1, min(_SAMPLES, len(images))).round().astype(int)
    tiles = []
    for i in picked:
        picture = cv2.imread(str(folder / "images" / images[i]["file_name"]))
        if picture is None:
            continue
        drawn = draw_labels(picture[..., ::-1], by_image[images[i]["id"]], taxonomy)
        height, width = drawn.shape[:2]
        shape = (_TILE * width // max(width, height), _TILE * height // max(width, height))
        tile = np.full((_TILE, _TILE, 3), 255, np.uint8)
        tile[: shape[1], : shape[0]] = cv2.resize(drawn, shape, interpolation=cv2.INTER_AREA)
        tiles.append(tile)
    columns = 5
    blank = np.full((_TILE, _TILE, 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % columns)
    if not tiles:
        return blank
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _charts(content: dict, taxonomy: Taxonomy) -> str:
    titles = {
        "scale": "box diagonal over the shorter side",
        "x": "middle of the box, share of the width",
        "y": "middle of the box, share of the height",
        "angle": "axis, degrees clockwise from up",
        "opening": "opening, degrees",
        "visible": "visible keypoints of an instance",
    }
    figure, axes = plt.subplots(2, 3, figsize=(13, 6))
    for axis, (name, groups) in zip(axes.flat, measure(content, taxonomy).items(), strict=True):
        axis.hist(list(groups.values()), bins=24, stacked=True, label=list(groups))
        axis.set_title(titles[name], fontsize=10)
    axes.flat[0].legend()
    figure.tight_layout()
    data = BytesIO()
    figure.savefig(data, format="png", dpi=80)
    plt.close(figure)
    return base64.b64encode(data.getvalue()).decode()


def _encode_jpeg(picture: np.ndarray) -> str:
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]))
    return base64.b64encode(data).decode()


def _settings_text(settings: dict, indent: str = "") -> str:
    lines = []
    for key, value in settings.items():
        if isinstance(value, dict) and not key.endswith("weights"):
            lines += [f"{indent}{key}:", _settings_text(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {value}")
    return "\n".join(lines)
