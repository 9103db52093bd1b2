"""Frames are collected: bounded, linked, split by groups that share no moment."""

import tracemalloc

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.frames.pool import FramePool
from surgtools.errors import InputError
from surgtools.prediction.video_writer import VideoWriter


def write_pictures(folder, count, seed=0):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for number in range(count):
        image = np.full((24, 32, 3), rng.integers(0, 255, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    return folder


def write_film(folder, count, seed):
    """A folder of frames: a block that moves by one pixel over a ground of its own."""
    folder.mkdir(parents=True)
    ground = np.random.default_rng(seed).integers(0, 100, 3)
    for number in range(count):
        image = np.full((48, 64, 3), ground, np.uint8)
        image[10:40, number : number + 20] = 250
        cv2.imwrite(str(folder / f"{number:03d}.png"), image)
    return folder


def write_video(path, count, fps=10.0):
    with VideoWriter(path, fps) as writer:
        for number in range(count):
            image = np.zeros((48, 64, 3), np.uint8)
            cv2.circle(image, (8 + number % 48, 24), 6, (255, 255, 255), -1)
            writer.write(image)
    return path


def taken(pool, suffix):
    return sum(frame.source.endswith(suffix) for frame in pool.frames)


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
    first, _ = collect_frames([str(folder)], tmp_path / "pool", seed=5)
    again, _ = collect_frames([str(folder)], tmp_path / "pool", seed=5)
    assert again.frames == first.frames == FramePool.load(tmp_path / "pool").frames
    same, _ = collect_frames([str(folder)], tmp_path / "pool2", seed=5)
    assert same.frames == first.frames, "the same inputs and seed give the same pool"
    as_it_is, _ = collect_frames([], tmp_path / "pool")
    assert as_it_is.frames == first.frames


def test_a_pool_of_other_inputs_or_settings_is_refused(tmp_path):
    first = str(write_pictures(tmp_path / "a", 110))
    other = str(write_pictures(tmp_path / "b", 110, seed=1))
    pool, _ = collect_frames([first], tmp_path / "pool", held_out_share=0)
    with pytest.raises(InputError, match=r"pool: holds frames .* sources .*/a, now .*/b is given"):
        collect_frames([other], tmp_path / "pool", held_out_share=0)
    with pytest.raises(InputError, match="max_frames 600, now 50 is given"):
        collect_frames([first], tmp_path / "pool", max_frames=50, held_out_share=0)
    with pytest.raises(InputError, match="held_out_share 0, now 0.2 is given"):
        collect_frames([first], tmp_path / "pool")
    with pytest.raises(InputError, match="seed 0, now 3 is given"):
        collect_frames([first], tmp_path / "pool", held_out_share=0, seed=3)
    (tmp_path / "pool/inputs.json").unlink()
    old, _ = collect_frames([other], tmp_path / "pool")
    assert old.frames == pool.frames, "a pool of an earlier version says nothing of its inputs"


def test_a_picture_that_is_given_twice_is_never_both_held_out_and_learnt_from(tmp_path):
    folder = write_pictures(tmp_path / "in", 110)
    copies = [tmp_path / "copy.png", tmp_path / "other.png"]
    for copy in copies:
        copy.write_bytes((folder / "007.png").read_bytes())
    named = [str(path) for path in [*sorted(folder.glob("*.png")), *copies]]
    pool, problems = collect_frames([str(folder), *named], tmp_path / "pool")
    assert len(pool) == 110
    assert [problem.source for problem in problems] == named, "each is told"


def test_a_video_that_is_given_twice_is_taken_once(tmp_path, monkeypatch):
    write_video(tmp_path / "a.mp4", 120)
    monkeypatch.chdir(tmp_path)
    pool, problems = collect_frames(["a.mp4", "./a.mp4", str(tmp_path / "a.mp4")], "pool")
    assert len(pool) == 120 and {frame.source for frame in pool.frames} == {"a.mp4"}
    assert len(problems) == 2 and "given twice, as a.mp4" in problems[1].message


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


def test_five_videos_are_held_out_whole(tmp_path):
    videos = [str(write_video(tmp_path / f"{i}.mp4", 40 + i)) for i in range(5)]
    pool, _ = collect_frames(videos, tmp_path / "pool")
    held = {frame.source for frame in pool.frames if frame.held_out}
    assert len(pool) == 210 and len(held) == 1
    assert not held & {frame.source for frame in pool.frames if not frame.held_out}


def test_blocks_are_held_out_where_whole_videos_are_too_few_frames(tmp_path):
    videos = [write_video(tmp_path / "long.mp4", 600)]
    videos += [write_video(tmp_path / f"short{i}.mp4", 12 + i) for i in range(4)]
    for seed in range(5):
        pool, _ = collect_frames(
            [str(v) for v in videos], tmp_path / f"pool{seed}", max_frames=100, seed=seed
        )
        assert 90 <= len(pool) <= 100
        assert 20 <= len(pool.indices(held_out=True)) <= 40
        held = {frame.group for frame in pool.frames if frame.held_out}
        assert not held & {frame.group for frame in pool.frames if not frame.held_out}


@pytest.mark.parametrize("max_frames", [1, 2, 4, 7, 20])
def test_many_videos_never_exceed_the_limit(tmp_path, max_frames):
    videos = [str(write_video(tmp_path / f"{i}.mp4", 20 + i)) for i in range(5)]
    pool, problems = collect_frames(videos, tmp_path / "pool", max_frames, held_out_share=0)
    assert len(pool) <= max_frames
    left_out = max(0, 5 - max_frames)
    assert sum("raise --max-frames" in problem.message for problem in problems) == left_out


def test_photographs_leave_room_for_a_video_and_take_what_it_does_not_need(tmp_path):
    folder = write_pictures(tmp_path / "in", 100)
    long = write_video(tmp_path / "long.mp4", 90)
    short = write_video(tmp_path / "short.mp4", 10)
    pool, _ = collect_frames([str(folder), str(long)], tmp_path / "pool", max_frames=60)
    assert taken(pool, ".png") == 30 and taken(pool, ".mp4") == 30
    pool, _ = collect_frames([str(folder), str(short)], tmp_path / "pool2", max_frames=60)
    assert taken(pool, ".png") == 50 and taken(pool, ".mp4") == 10
    few = [str(path) for path in sorted(folder.glob("00*.png"))]
    pool, _ = collect_frames([*few, str(long)], tmp_path / "pool3", max_frames=60)
    assert taken(pool, ".png") == 10 and 48 <= taken(pool, ".mp4") <= 50


def test_each_folder_of_frames_is_a_clip_and_is_held_out_whole(tmp_path):
    for index in range(6):
        write_film(tmp_path / f"in/{index}", 20, seed=index)
    pool, _ = collect_frames([str(tmp_path / "in")], tmp_path / "pool")
    assert len(pool) == 120 and len({frame.clip for frame in pool.frames}) == 6
    for index in range(6):
        own = [frame for frame in pool.frames if f"/in/{index}/" in frame.source]
        assert len({frame.clip for frame in own}) == len({frame.held_out for frame in own}) == 1
        assert [frame.number for frame in own] == list(range(20))
    assert len(pool.indices(held_out=True)) == 20


def test_a_single_folder_of_frames_is_split_into_blocks(tmp_path):
    pool, _ = collect_frames([str(write_film(tmp_path / "in", 60, 0))], tmp_path / "pool")
    assert len({frame.clip for frame in pool.frames}) == 1
    # min(25, 60 / 5) = 12 frames each; 20 of 60 are wanted
    assert len({frame.group for frame in pool.frames}) == 5
    assert len(pool.indices(held_out=True)) == 24


def test_photographs_beside_a_folder_of_frames_stay_clips_of_their_own(tmp_path):
    write_film(tmp_path / "film", 30, 0)
    write_pictures(tmp_path / "photos", 40)
    sources = [str(tmp_path / "film"), str(tmp_path / "photos")]
    pool, _ = collect_frames(sources, tmp_path / "pool")
    photos = {frame.group for frame in pool.frames if "photos" in frame.source}
    assert len(photos) == 40 and len({frame.clip for frame in pool.frames}) == 41


def test_too_few_frames_and_unusable_inputs_are_one_line(tmp_path):
    folder = write_pictures(tmp_path / "few", 12)
    with pytest.raises(InputError, match="12 frames given, of which .* give 50 frames or more"):
        collect_frames([str(folder)], tmp_path / "pool")
    assert not (tmp_path / "pool/frames.json").exists()
    broken = str(tmp_path / "broken.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match="no usable frame .*broken.mp4") as caught:
        collect_frames([broken], tmp_path / "pool2")
    assert str(caught.value).count(broken) == 1, "the path is said once"
    with pytest.raises(InputError, match="a live source has no end"):
        collect_frames(["rtsp://somewhere/1"], tmp_path / "pool3")


def test_a_limit_that_is_too_low_is_named(tmp_path):
    video = write_video(tmp_path / "a.mp4", 120)
    words = r"^9 of 120 frames taken with --max-frames 10, .* give --max-frames 100 or more$"
    with pytest.raises(InputError, match=words):
        collect_frames([str(video)], tmp_path / "pool", max_frames=10)
    pool, _ = collect_frames([str(video)], tmp_path / "pool", max_frames=100)
    assert len(pool.indices(held_out=True)) >= 20
    short = write_video(tmp_path / "b.mp4", 30)
    with pytest.raises(InputError, match="give 50 frames or more"):
        collect_frames([str(short)], tmp_path / "pool2", max_frames=10)


def test_one_bad_input_does_not_cost_the_others(tmp_path):
    folder = write_pictures(tmp_path / "in", 110)
    (folder / "010.png").write_bytes(b"cut off")
    (tmp_path / "zero.mp4").write_bytes(b"")
    sources = [str(folder), str(tmp_path / "zero.mp4")]
    pool, problems = collect_frames(sources, tmp_path / "pool")
    assert len(pool) == 109 and len(problems) == 2
    assert not any(problem.source in problem.message for problem in problems)
    again, told = collect_frames(sources, tmp_path / "pool")
    assert again.frames == pool.frames and told == problems, "a resumed run tells them, too"


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
