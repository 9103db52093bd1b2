"""Frames are collected: bounded, linked, split by groups that share no moment."""

import tracemalloc

import cv2
import numpy as np
import pytest

from surgtools.engine.frame_pool import FramePool
from surgtools.engine.frames import collect_frames, is_sequence, sample_numbers
from surgtools.errors import InputError
from surgtools.inference.video import VideoWriter


def write_pictures(folder, count, seed=0):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for number in range(count):
        image = np.full((24, 32, 3), rng.integers(0, 255, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    return folder


def write_video(path, count, fps=10.0):
    with VideoWriter(path, fps) as writer:
        for number in range(count):
            image = np.zeros((48, 64, 3), np.uint8)
            cv2.circle(image, (8 + number % 48, 24), 6, (255, 255, 255), -1)
            writer.write(image)
    return path


def test_short_video_is_taken_whole_and_long_one_in_bursts():
    assert sample_numbers(5, 10, 10) == [[0, 1, 2, 3, 4]]
    # 10 fps: a gap of one frame; 9 frames make three bursts from 0 to 97
    assert sample_numbers(100, 10, 9) == [[0, 1, 2], [48, 49, 50], [97, 98, 99]]
    assert sample_numbers(100, 30, 3) == [[0, 3, 6]]


def test_unrelated_pictures_are_clips_of_their_own_and_linked(tmp_path):
    folder = write_pictures(tmp_path / "in", 110)
    pool, problems = collect_frames([str(folder)], tmp_path / "pool", seed=1)
    assert len(pool) == 110 and problems == []
    assert len({frame.clip for frame in pool.frames}) == 110 and not pool.has_neighbors
    assert len(pool.indices(held_out=True)) == 22
    assert (pool.images / pool.frames[0].file_name).is_symlink()
    assert pool.read(3).shape == (24, 32, 3)


def test_second_call_reuses_the_pool_and_the_split(tmp_path):
    folder = write_pictures(tmp_path / "in", 110)
    first, _ = collect_frames([str(folder)], tmp_path / "pool")
    again, _ = collect_frames([str(folder)], tmp_path / "pool", seed=5)
    assert again.frames == first.frames == FramePool.load(tmp_path / "pool").frames


def test_video_blocks_are_held_out_whole_and_bursts_not_split(tmp_path):
    video = write_video(tmp_path / "a.mp4", 300)
    pool, _ = collect_frames([str(video)], tmp_path / "pool", max_frames=150)
    assert 140 <= len(pool) <= 150 and pool.has_neighbors
    held = {frame.group for frame in pool.frames if frame.held_out}
    learned = {frame.group for frame in pool.frames if not frame.held_out}
    assert held and learned and not held & learned
    assert all(
        len({f.group for f in pool.frames if f.clip == clip}) == 1
        for clip in {f.clip for f in pool.frames}
    )


def test_too_few_frames_and_unusable_inputs_are_one_line(tmp_path):
    folder = write_pictures(tmp_path / "few", 12)
    with pytest.raises(InputError, match="12 frames given, of which .* give 50 frames or more"):
        collect_frames([str(folder)], tmp_path / "pool")
    assert not (tmp_path / "pool/frames.json").exists()
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match="no usable frame .*broken.mp4"):
        collect_frames([str(tmp_path / "broken.mp4")], tmp_path / "pool2")
    with pytest.raises(InputError, match="a live source has no end"):
        collect_frames(["rtsp://somewhere/1"], tmp_path / "pool3")


def test_one_bad_input_does_not_cost_the_others(tmp_path):
    folder = write_pictures(tmp_path / "in", 110)
    (folder / "010.png").write_bytes(b"cut off")
    pool, problems = collect_frames([str(folder)], tmp_path / "pool")
    assert len(pool) == 109 and len(problems) == 1
    again, told = collect_frames([str(folder)], tmp_path / "pool")
    assert again.frames == pool.frames and told == problems, "a resumed run tells them, too"


def test_films_are_told_from_photographs():
    rng = np.random.default_rng(0)
    photographs = rng.uniform(0, 255, (30, 4, 4, 3))
    film = np.cumsum(rng.normal(0, 1, (30, 4, 4, 3)), axis=0) + np.arange(30)[:, None, None, None]
    assert not is_sequence(photographs)
    assert is_sequence(film)
    assert not is_sequence(photographs[:2])


def test_a_small_folder_holds_out_more(tmp_path):
    folder = write_pictures(tmp_path / "in", 50)
    pool, _ = collect_frames([str(folder)], tmp_path / "pool")
    assert len(pool.indices(held_out=True)) == 20, "20 of 50, not a fifth"


def test_memory_does_not_grow_with_the_length_of_the_video(tmp_path):
    peaks = []
    for count in (100, 400):
        video = write_video(tmp_path / f"{count}.mp4", count)
        tracemalloc.start()
        pool, _ = collect_frames([str(video)], tmp_path / f"pool{count}", max_frames=100)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert 90 <= len(pool) <= 100
    # 300 more frames of 64 x 48 pixels are 2.8 MB, were they kept
    assert peaks[1] - peaks[0] < 0.3e6
