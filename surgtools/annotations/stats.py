"""Count and measure what a data set holds: sizes, places, angles, visibility.

Shapes: N annotations of one category, k keypoints.
"""

from dataclasses import dataclass, field

import numpy as np

from surgtools.taxonomy import SURGICAL, Category, Taxonomy


@dataclass
class CategoryStats:
    """The statistics of one category.

    Attributes:
        name: of the category; keypoints: names, in the order of the rows of ``visibility``.
        count: number of annotations.
        visibility: (k, 3) how often each keypoint has v = 0, 1, 2.
        scales: (N,) side of the square of the box's area, as share of the same of the picture.
        centers: (N, 2) box centers as shares of width and height.
        angles: (n,) degrees clockwise from up of the axis base to tips, where it is labelled.
        openings: (n,) distance of the two tips as share of the axis, where they are labelled.
    """

    name: str
    keypoints: tuple[str, ...]
    count: int
    visibility: np.ndarray
    scales: np.ndarray
    centers: np.ndarray
    angles: np.ndarray
    openings: np.ndarray


@dataclass
class DatasetStats:
    """The statistics of a whole file.

    Attributes:
        images: number of entries; annotations: of instances; crowds: of crowd regions, which are
            no instances and count nowhere else.
        empty_images: pictures without instances.
        videos: number of different ``video_id``, 0 when images have none.
        sizes: (width, height) in pixels to number of pictures.
        per_image: (M,) instances of each picture.
        categories: in label order.
    """

    images: int
    annotations: int
    empty_images: int
    videos: int
    sizes: dict[tuple[int, int], int]
    per_image: np.ndarray
    crowds: int = 0
    categories: list[CategoryStats] = field(default_factory=list)


def dataset_stats(content: dict, taxonomy: Taxonomy = SURGICAL) -> DatasetStats:
    """Count and measure; ``content`` as ``load_coco`` returns it. Empty tables give zeros."""
    images = {image["id"]: image for image in content["images"]}
    counts = dict.fromkeys(images, 0)
    rows = [row for row in content["annotations"] if not row.get("iscrowd")]
    for annotation in rows:
        counts[annotation["image_id"]] += 1
    sizes: dict[tuple[int, int], int] = {}
    for image in images.values():
        size = (int(image["width"]), int(image["height"]))
        sizes[size] = sizes.get(size, 0) + 1
    videos = {image["video_id"] for image in images.values() if image.get("video_id") is not None}
    return DatasetStats(
        images=len(images),
        annotations=len(rows),
        crowds=len(content["annotations"]) - len(rows),
        empty_images=sum(count == 0 for count in counts.values()),
        videos=len(videos),
        sizes=dict(sorted(sizes.items(), key=lambda item: -item[1])),
        per_image=np.array(list(counts.values()), dtype=int),
        categories=[_category(rows, images, instrument) for instrument in taxonomy.categories],
    )


def _category(annotations: list[dict], images: dict, instrument: Category) -> CategoryStats:
    rows = [a for a in annotations if a["category_id"] == instrument.id]
    k = instrument.num_keypoints
    keypoints = np.array([a.get("keypoints") or [] for a in rows], dtype=float).reshape(
        len(rows), k, 3
    )
    boxes = np.array([a["bbox"] for a in rows], dtype=float).reshape(-1, 4)
    sizes = np.array(
        [(images[a["image_id"]]["width"], images[a["image_id"]]["height"]) for a in rows]
    ).reshape(-1, 2)
    v = keypoints[:, :, 2]
    base = [instrument.index(name) for name in instrument.base]
    tips = [instrument.index(name) for name in instrument.tips]
    known = (v[:, base + tips] > 0).all(axis=1) & instrument.has_axis
    xy = keypoints[known, :, :2]
    axis, spread = np.zeros((0, 2)), np.zeros(0)
    if instrument.has_axis:
        start, end = instrument.axis_ends(xy)
        axis = end - start
        spread = np.linalg.norm(xy[:, tips[0]] - xy[:, tips[-1]], axis=1)
    length = np.hypot(axis[:, 0], axis[:, 1])
    return CategoryStats(
        name=instrument.name,
        keypoints=instrument.keypoints,
        count=len(rows),
        visibility=np.stack([(v == level).sum(axis=0) for level in (0, 1, 2)], axis=1),
        scales=np.sqrt(boxes[:, 2] * boxes[:, 3] / sizes.prod(axis=1)),
        centers=(boxes[:, :2] + boxes[:, 2:] / 2) / sizes,
        angles=np.degrees(np.arctan2(axis[:, 0], -axis[:, 1])) % 360,
        openings=spread[length > 0] / length[length > 0],
    )
