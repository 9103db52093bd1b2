import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.errors import InputError
from surgtools.inference.inferencer import Inferencer
from surgtools.inference.over_time import VideoSettings

RAW = VideoSettings(track=False)


def test_pictures_arrays_and_video_in_one_call(toy, draw_square, tmp_path, write_video):
    cv2.imwrite(str(tmp_path / "a.png"), draw_square("red"))
    inputs = [tmp_path / "a.png", draw_square("blue"), write_video(frames=3)]
    results = list(toy(inputs, video=RAW))
    assert [r.kind for r in results] == ["image", "image", "video", "video", "video"]
    assert [r.image_id for r in results] == [1, 2, 3, 4, 5]
    assert [r.instances[0].category_id for r in results] == [2, 1, 1, 1, 1]
    assert [r.frame_id for r in results[2:]] == [0, 1, 2]
    assert toy.problems == []


def test_empty_frames_stay_empty(toy, draw_square):
    assert [len(r) for r in toy([draw_square(None)] * 3)] == [0, 0, 0]
    assert toy.pose.backend.calls == []


def test_networks_get_full_batches(toy, draw_square):
    list(toy([draw_square("blue")] * 10))
    assert toy.detector.backend.calls == [4, 4, 2]


def test_results_are_computed_as_they_are_asked_for(toy, draw_square):
    results = toy([draw_square("blue")] * 1000)
    next(results)
    results.close()
    assert sum(toy.detector.backend.calls) < 100


def test_images_are_kept_only_on_request(toy, draw_square):
    assert next(toy(draw_square())).image is None
    assert next(toy(draw_square(), keep_images=True)).image.shape == (240, 320, 3)


def test_a_gap_of_a_video_is_filled_under_the_same_id(toy, write_video):
    results = list(toy(write_video(frames=12, missing=(4, 5)), video=VideoSettings()))
    assert [len(r) for r in results] == [1] * 12
    assert [r.instances[0].interpolated for r in results] == [i in (4, 5) for i in range(12)]
    assert {r.instances[0].track_id for r in results} == {1}


def test_without_tracking_the_gap_stays(toy, write_video):
    results = list(toy(write_video(frames=12, missing=(4, 5)), video=RAW))
    assert [len(r) for r in results] == [int(i not in (4, 5)) for i in range(12)]
    assert results[0].instances[0].track_id is None


def test_each_video_starts_its_ids_afresh(toy, write_video):
    clips = [write_video("a.mp4", 3), write_video("b.mp4", 3)]
    assert [r.instances[0].track_id for r in toy(clips)] == [1] * 6


def test_detector_interval_runs_the_detector_less_and_finds_the_same(toy, write_video):
    clip = write_video(frames=12)
    every = list(toy(clip, video=RAW))
    toy.detector.backend.calls.clear()
    some = list(toy(clip, video=VideoSettings(track=False, det_interval=4)))
    assert sum(toy.detector.backend.calls) == 3
    for a, b in zip(every[:9], some[:9], strict=True):
        assert np.abs(a.instances[0].bbox - b.instances[0].bbox).max() <= 4


class Doubting:
    """A pose network that has never seen tweezers."""

    def __init__(self, pose):
        self.pose, self.spec = pose, replace(pose.spec, has_presence=True)

    def __call__(self, batch):
        return *self.pose(batch), np.tile([4.0, -4.0], (len(batch), 1))


def test_what_the_pose_model_does_not_see_is_not_reported(toy, draw_square):
    backends = toy.detector.backend, Doubting(toy.pose.backend)
    pictures = [draw_square("blue"), draw_square("red")]
    blue, red = Inferencer.from_backends(*backends)(pictures)
    assert (len(blue), len(red)) == (1, 0)
    # 0.9 times sigmoid(4) = 0.9820
    assert blue.instances[0].bbox_score == pytest.approx(0.9 * 0.9820, abs=1e-4)
    assert [len(r) for r in Inferencer.from_backends(*backends, presence=False)(pictures)] == [
        1,
        1,
    ]


def test_boxes_of_a_file_replace_the_detector(toy, draw_square, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), draw_square(None))
    (tmp_path / "b.json").write_text(
        '{"instance_info": [{"image": "a.png", "instances": '
        '[{"bbox": [10, 10, 90, 70], "category_id": 2}]}]}'
    )
    (result,) = toy(tmp_path / "a.png", boxes=tmp_path / "b.json")
    assert result.instances[0].category_id == 2
    assert toy.detector.backend.calls == []


def test_detector_alone_gives_boxes_without_keypoints(toy, draw_square):
    (result,) = toy(draw_square(), pose=False)
    entry = result.to_json()["instances"][0]
    assert sorted(entry) == ["bbox", "bbox_score", "category_id", "category_name"]


def test_wrong_settings_are_named(toy):
    with pytest.raises(InputError, match="det_interval 0"):
        VideoSettings(det_interval=0)
    with pytest.raises(InputError, match="batch size 0"):
        Inferencer.from_backends(toy.detector.backend, toy.pose.backend, batch_size=0)
    with pytest.raises(InputError, match="an exported folder holds both models"):
        Inferencer(model="folder", det_model="other")
    with pytest.raises(InputError, match="needs its weights"):
        Inferencer(det_model=__file__)


# ---------------------------------------------------------------------------------------------
# Odd inputs give a result, bad ones one line; neither costs the results of the good ones.

GOOD = np.pad(np.full((60, 80, 3), (230, 40, 40), np.uint8), ((60, 120), (80, 160), (0, 0)))


def save(path: Path, image: np.ndarray) -> None:
    assert cv2.imwrite(str(path), image)


def jpeg(path: Path, mode: str, **options) -> None:
    Image.fromarray(GOOD[..., ::-1]).convert(mode).save(path, **options)


def exif(path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    jpeg(path, "RGB", exif=tags)


def video(path: Path, frames: int = 5, width: int = 320) -> None:
    from surgtools.inference.video import VideoWriter

    with VideoWriter(path) as writer:
        for i in range(frames):
            writer.write(GOOD[:, :width], i**2 / 25)


def cut(path: Path, share: float, make=save, *args) -> None:
    make(path, *args)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


ODD = {
    "exif.jpg": exif,
    "grey.png": lambda p: save(p, GOOD[..., 0]),
    "alpha.png": lambda p: save(p, np.dstack([GOOD, np.full(GOOD.shape[:2], 200, np.uint8)])),
    "deep.png": lambda p: save(p, GOOD.astype(np.uint16) * 257),
    "deep.tif": lambda p: save(p, GOOD.astype(np.uint16) * 16),
    "float.tif": lambda p: save(p, GOOD.astype(np.float32) / 255),
    "cmyk.jpg": lambda p: jpeg(p, "CMYK"),
    "palette.png": lambda p: jpeg(p, "P"),
    "bilevel.png": lambda p: jpeg(p, "1"),
    "progressive.jpg": lambda p: jpeg(p, "RGB", progressive=True),
    "animated.gif": lambda p: jpeg(p, "P", save_all=True),
    "picture.webp": lambda p: jpeg(p, "RGB"),
    "tiny.png": lambda p: save(p, np.zeros((2, 2, 3), np.uint8)),
    "stripe.png": lambda p: save(p, np.zeros((2, 3000, 3), np.uint8)),
    "huge.jpg": lambda p: save(p, np.zeros((4320, 7680, 3), np.uint8)),
    "png_called.jpg": lambda p: jpeg(p, "RGB", format="PNG"),
    "jpeg.without_suffix": lambda p: jpeg(p, "RGB", format="JPEG"),
    "umlaut ä 手術.png": lambda p: save(p, GOOD),
    "variable_rate.mp4": video,
    "odd_size.mp4": lambda p: video(p, width=319),
    "one_frame.mp4": lambda p: video(p, frames=1),
    "cut_off.mkv": lambda p: cut(p, 0.7, _matroska),
}

BAD = {
    "empty.jpg": lambda p: p.touch(),
    "empty.mp4": lambda p: p.touch(),
    "text.jpg": lambda p: p.write_text("not a picture"),
    "text.mp4": lambda p: p.write_text("not a video"),
    "cut_off.jpg": lambda p: cut(p, 0.5, save, GOOD),
    "cut_off.png": lambda p: cut(p, 0.5, save, GOOD),
    "head_only.jpg": lambda p: p.write_bytes(b"\xff\xd8\xff\xe0"),
    "no_index.mp4": lambda p: cut(p, 0.03, video),
    "zeros.png": lambda p: p.write_bytes(bytes(1000)),
    "one_pixel.png": lambda p: save(p, np.zeros((1, 1, 3), np.uint8)),
    "sound.mp4": lambda p: _sound(p),
    "picture_called.mp4": lambda p: p.write_bytes(b"BM" + bytes(60)),
    "link.jpg": lambda p: p.symlink_to(p.parent / "nowhere.jpg"),
}


def _matroska(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(GOOD, format="bgr24")))
        container.mux(stream.encode(None))


def _sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("name", ODD)
def test_odd_input_gives_results(toy, tmp_path, name):
    ODD[name](tmp_path / name)
    save(tmp_path / "good.png", GOOD)
    results = list(toy([tmp_path / name, tmp_path / "good.png"], video=RAW))
    assert toy.problems == []
    assert results[0].source == str(tmp_path / name)
    assert results[-1].instances[0].category_id == 1


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_reported_in_one_line_and_the_good_one_is_done(toy, tmp_path, name):
    BAD[name](tmp_path / name)
    save(tmp_path / "good.png", GOOD)
    results = list(toy([tmp_path / name, tmp_path / "good.png"], video=RAW))
    assert [r.source for r in results] == [str(tmp_path / "good.png")]
    assert len(results[0]) == 1
    (problem,) = toy.problems
    assert problem.source == str(tmp_path / name)
    assert 10 < len(problem.message) < 200
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 7), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros(5),
        np.array([[None]]),
    ],
    ids=["channels", "no_pixels", "one_dimension", "objects"],
)
def test_bad_arrays_are_reported(toy, draw_square, array):
    assert [len(r) for r in toy([array, draw_square()])] == [1]
    assert toy.problems[0].source == "array:0"


def test_a_webcam_that_is_not_there_is_reported(toy, draw_square, capfd):
    assert [len(r) for r in toy([91, draw_square()])] == [1]
    assert "no such webcam" in toy.problems[0].message


def test_memory_does_not_grow_with_the_length_of_a_video(toy, tmp_path):
    tracemalloc = pytest.importorskip("tracemalloc")

    def peak(frames: int) -> int:
        video(tmp_path / f"{frames}.mp4", frames)
        tracemalloc.start()
        for _ in toy(tmp_path / f"{frames}.mp4"):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(240) < 1.3 * peak(60)


def test_torch_is_not_imported_for_reading_and_typing():
    import subprocess

    code = (
        "import sys; import surgtools.inference.inferencer, surgtools.inference.outputs; "
        "print([m for m in ('torch', 'mmengine', 'av', 'scipy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
