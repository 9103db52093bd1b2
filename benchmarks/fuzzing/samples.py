"""Sound input of every kind, drawn by code: what the mutations start from."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 48
POINTS = {
    1: [[30, 24, 2], [20, 40, 2], [27, 8, 1], [40, 40, 2], [33, 8, 2]],
    2: [[30, 44, 2], [26, 24, 1], [24, 6, 2], [34, 24, 2], [36, 6, 0]],
}
VIDEOS = {
    "mp4": "libx264",
    "mkv": "libx264",
    "mov": "mpeg4",
    "avi": "mpeg4",
    "ts": "mpeg2video",
    "webm": "libvpx",
}


@dataclass
class Samples:
    """Everything a case may start from.

    Attributes:
        coco, predictions, tasks, results, boxes, camera: content of JSON files.
        cvat_images, cvat_video: XML.
        yolo: relative path to text of a YOLO folder, pictures aside.
        presets, taxonomy: content of YAML files.
        config: text of a config.
        dataset_info: text of MMPose's file of a dataset.
        pictures, videos: suffix to bytes.
    """

    coco: dict
    predictions: dict
    tasks: list
    results: list
    boxes: dict
    camera: dict
    cvat_images: str
    cvat_video: str
    yolo: dict[str, str]
    presets: dict
    taxonomy: dict
    config: str = ""
    dataset_info: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)
    videos: dict[str, bytes] = field(default_factory=dict)


def draw_samples() -> Samples:
    """Draw all samples; the same in every run."""
    import yaml

    from surgtools.annotations.convert import Options, convert
    from surgtools.taxonomy import SURGICAL

    coco = _coco()
    picture = _noise(HEIGHT, WIDTH)
    converted: dict[str, str] = {}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("a.jpg", "b.jpg"):
            cv2.imwrite(str(folder / name), picture)
        (folder / "coco.json").write_text(json.dumps(coco))
        for target in ("cvat-images", "cvat-video", "label-studio", "yolo"):
            convert(folder / "coco.json", folder / target, "coco", target, Options())
            for file in sorted((folder / target).rglob("*")):
                if file.suffix in (".xml", ".json", ".txt", ".yaml"):
                    converted[file.relative_to(folder).as_posix()] = file.read_text()
    video = next(text for name, text in converted.items() if name.startswith("cvat-video/train/"))
    return Samples(
        coco=coco,
        predictions=_predictions(),
        tasks=json.loads(converted["label-studio/tasks.json"]),
        results=_results(coco),
        boxes=_boxes(),
        camera={"width": 640, "height": 480, "fx": 600.0, "fy": 600.0, "cx": 320.0, "cy": 240.0},
        cvat_images=converted["cvat-images/annotations.xml"],
        cvat_video=video,
        yolo={
            name.removeprefix("yolo/"): text
            for name, text in converted.items()
            if name.startswith("yolo/")
        },
        presets={
            "inherit": "plain",
            "resolution": [64, 48],
            "instruments": {"count_weights": {0: 1, 1: 2}, "extent": [0.3, 0.9]},
            "hands": {"share": 0.2, "empty_count": [1, 2]},
        },
        taxonomy=yaml.safe_load(yaml.safe_dump(SURGICAL.to_dict())),
        config=_CONFIG,
        dataset_info=_DATASET_INFO,
        pictures=_pictures(picture),
        videos=_videos(),
    )


def pack(files: dict[str, bytes]) -> bytes:
    """Files as the bytes of a .zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("\0", "_").replace("\ud800", "_"), data)
    return buffer.getvalue()


_CONFIG = """\
_base_ = []
model = dict(type='Detector', bbox_head=dict(num_classes=2, loss=[1, 2.5]), head=None)
data = dict(type='Repeat', times=2, dataset=dict(ann_file='train.json', data_root='data'))
train_dataloader = dict(batch_size=4, dataset=data)
val_dataloader = dict(dataset=dict(ann_file='val.json', data_root='data'))
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.001))
"""

_DATASET_INFO = """\
dataset_info = dict(
    dataset_name='clamps',
    keypoint_info={
        0: dict(name='left', id=0, color=[1, 2, 3], type='', swap='right'),
        1: dict(name='right', id=1, color=[1, 2, 3], type='', swap='left'),
        2: dict(name='pin', id=2, color=[1, 2, 3], type='', swap=''),
    },
    skeleton_info={0: dict(link=('left', 'pin'), id=0, color=[1, 2, 3])},
    joint_weights=[1.0, 1.0, 1.2],
    sigmas=[0.05, 0.05, 0.1],
)
"""


def _coco() -> dict:
    from surgtools.annotations.coco import CocoBuilder

    builder = CocoBuilder({"description": "fuzz", "seed": 1})
    for number, name in enumerate(("a.jpg", "b.jpg")):
        image_id = builder.add_image(
            name, WIDTH, HEIGHT, video_id=3, frame_id=number, layer=f"{number}.png"
        )
        for category, rows in POINTS.items():
            extra = {"track_id": category, "score": 0.5, "opening_angle": 0.3}
            builder.add_annotation(
                image_id, category, np.array(rows, float), [18, 4, 26, 42], **extra
            )
    return builder.to_dict()


def _predictions() -> dict:
    rows = []
    for name in ("a.jpg", "b.jpg"):
        instances = [
            {
                "category_id": category,
                "category_name": ("needle_holder", "tweezers")[category - 1],
                "bbox": [18, 4, 44, 46],
                "bbox_score": 0.75,
                "keypoints": [row[:2] for row in points],
                "keypoint_scores": [0.9, 0.8, 0.7, 0.6, 0.5],
                "keypoint_visible": [0.9, 0.1, 0.9, 0.9, 0.9],
                "track_id": category,
            }
            for category, points in POINTS.items()
        ]
        rows.append({"image": name, "width": WIDTH, "height": HEIGHT, "instances": instances})
    video = {"video": "clip.mp4", "frame_id": 3, "time_s": 0.1, "width": WIDTH, "height": HEIGHT}
    rows.append({**video, "instances": []})
    return {"meta_info": {"surgtools": "1"}, "instance_info": rows, "summary": {"problems": []}}


def _results(coco: dict) -> list:
    return [
        {
            "image_id": row["image_id"],
            "category_id": row["category_id"],
            "bbox": row["bbox"],
            "score": 0.9,
            "keypoints": row["keypoints"],
        }
        for row in coco["annotations"]
    ]


def _boxes() -> dict:
    boxes = [{"category_id": 1, "bbox": [18, 4, 44, 46], "bbox_score": 0.9}]
    return {
        "instance_info": [
            {"image": name, "frame_id": None, "instances": boxes} for name in ("a.jpg", "b.jpg")
        ]
    }


def _noise(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 80, (height, width, 3), dtype=np.uint8)
    cv2.line(picture, (20, 40), (40, 8), (220, 220, 220), 3)
    return picture


def _pictures(picture: np.ndarray) -> dict[str, bytes]:
    """The same small picture in every format, turned by EXIF and animated ones among them."""
    from PIL import Image

    still = Image.fromarray(picture[:, :, ::-1])
    exif = Image.Exif()
    exif[0x0112] = 6
    grey16 = picture[:, :, 0].astype(np.uint16) * 200
    found = {}
    for name in ("jpg", "png", "bmp", "tiff", "webp", "ppm", "jp2"):
        done, data = cv2.imencode(f".{name}", picture)
        if done:
            found[name] = data.tobytes()
    found["16.png"] = cv2.imencode(".png", grey16)[1].tobytes()
    found["32.tiff"] = cv2.imencode(".tiff", picture[:, :, 0].astype(np.float32) / 80)[1].tobytes()
    found["hdr"] = cv2.imencode(".hdr", picture.astype(np.float32) / 80)[1].tobytes()
    frames = [still, still.rotate(180), still.rotate(90, expand=False)]
    for name, kind, extra in (
        ("exif.jpg", "JPEG", {"exif": exif}),
        ("cmyk.jpg", "JPEG", {}),
        ("exif.webp", "WEBP", {"exif": exif}),
        ("exif.png", "PNG", {"exif": exif}),
        ("palette.png", "PNG", {}),
        ("gif", "GIF", {"save_all": True, "append_images": frames[1:]}),
        ("apng.png", "PNG", {"save_all": True, "append_images": frames[1:]}),
        ("moving.webp", "WEBP", {"save_all": True, "append_images": frames[1:]}),
        ("pages.tiff", "TIFF", {"save_all": True, "append_images": frames[1:]}),
        ("avif", "AVIF", {}),
    ):
        shown = still.convert("CMYK" if "cmyk" in name else "P" if "palette" in name else "RGB")
        buffer = io.BytesIO()
        try:
            shown.save(buffer, kind, **extra)
        except (KeyError, OSError, ValueError):
            continue  # Pillow was built without it
        found[name] = buffer.getvalue()
    return found


def _videos() -> dict[str, bytes]:
    """Clips of eight frames in every container the decoder was built with."""
    import av

    found = {}
    for suffix, codec in VIDEOS.items():
        buffer = io.BytesIO()
        kind = {"ts": "mpegts", "mkv": "matroska"}.get(suffix, suffix)
        try:
            with av.open(buffer, "w", format=kind) as container:
                stream = container.add_stream(codec, rate=25)
                stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                for number in range(8):
                    picture = np.roll(_noise(HEIGHT, WIDTH), 4 * number, axis=1)
                    frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                    container.mux(stream.encode(frame))
                container.mux(stream.encode())
        except (av.FFmpegError, ValueError):
            continue  # FFmpeg was built without it
        found[suffix] = buffer.getvalue()
    return found
