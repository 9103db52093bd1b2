"""Exports of tasks, jobs and projects: which videos they hold, and which frames."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from surgtools.annotations.convert.cvat_tasks import find_videos, keep_names_apart
from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.errors import InputError

FILE = Path("export.xml")


def task(name="clip", start=0, stop=3, tag="task", more="") -> str:
    return (
        f"<{tag}><name>{name}</name><start_frame>{start}</start_frame>"
        f"<stop_frame>{stop}</stop_frame>{more}"
        f"<original_size><width>20</width><height>10</height></original_size></{tag}>"
    )


def track(*frames, task_id=None) -> str:
    owner = f' task_id="{task_id}"' if task_id else ""
    shapes = "".join(f'<skeleton frame="{frame}"/>' for frame in frames)
    return f'<track id="0"{owner}>{shapes}</track>'


def videos(meta: str, tracks: str = "", losses: Losses | None = None) -> list:
    root = ET.fromstring(f"<annotations><meta>{meta}</meta>{tracks}</annotations>")
    return find_videos(root, FILE, "train", losses or Losses())


@pytest.mark.parametrize("tag", ["task", "job"])
def test_a_task_or_a_job_is_one_video(tag):
    (video,) = videos(task(tag=tag), track(1))
    assert (video.video_id, video.size, video.frames) == ("clip", (20, 10), [0, 1, 2, 3])
    assert len(video.tracks) == 1


def test_a_job_whose_shapes_count_from_elsewhere_has_the_frames_of_its_shapes():
    losses = Losses()
    (video,) = videos(task(tag="job"), track(100, 101), losses)
    assert video.frames == [100, 101]
    assert len(losses.lines()) == 1


def project(*tasks: str) -> str:
    return f"<project><tasks>{''.join(tasks)}</tasks></project>"


def test_a_project_of_one_task_is_that_task():
    (video,) = videos(project(task()), track(2))
    assert video.frames == [0, 1, 2, 3] and len(video.tracks) == 1


def test_tasks_of_a_project_take_their_own_tracks():
    tasks = [task(f"v{n}", more=f"<id>{n}</id><subset>s{n}</subset>") for n in (7, 8)]
    found = videos(project(*tasks), track(0, task_id=7) + track(1, 2, task_id=8))
    assert [(v.part, v.video_id, len(v.tracks)) for v in found] == [
        ("s7", "v7", 1),
        ("s8", "v8", 1),
    ]
    with pytest.raises(InputError, match="does not say its task_id"):
        videos(project(*tasks), track(0))


def test_frames_of_a_subset_are_counted_on():
    tasks = [task(f"v{n}", more=f"<id>{n}</id>") for n in (7, 8)]
    # The first has 4 frames, so the second's frame 1 is called 5.
    _, second = videos(project(*tasks), track(0, task_id=7) + track(5, task_id=8))
    assert (second.frames, second.frame_offset) == ([0, 1, 2, 3], 4)
    _, second = videos(project(*tasks), track(0, task_id=7) + track(1, task_id=8))
    assert (second.frames, second.frame_offset) == ([0, 1, 2, 3], 0)


def test_names_of_subsets_are_those_of_parts():
    for subset, part in (("default", "train"), ("Validation", "val"), ("Test", "test")):
        (video,) = videos(task(more=f"<subset>{subset}</subset>"))
        assert video.part == part


def test_videos_of_one_name_are_kept_apart():
    tasks = [task("v", more=f"<id>{n}</id>") for n in (7, 8)]
    found = keep_names_apart(videos(project(*tasks)))
    assert [v.video_id for v in found] == ["v", "v (2)"]
    assert [v.pattern for v in found] == ["v/frame_{:06d}.png", "v_2/frame_{:06d}.png"]


@pytest.mark.parametrize(
    ("meta", "tracks", "message"),
    [
        ("", "", "has no task, job or project"),
        (task(stop=10**12), "", "frames 0 to 1000000000000"),
        (task(start=-5), "", "frames -5 to 3"),
        (task(), track(-1), "has frame -1"),
        (task(), track(10**30), "has frame 10000"),
        (task().replace("20", "0"), "", "0 x 10 pixels"),
        (task().replace("original_size", "size"), "", "original_size/width None"),
    ],
)
def test_settings_that_mean_nothing_are_refused(meta, tracks, message):
    with pytest.raises(InputError, match=f"^export.xml: .*{message}"):
        videos(meta, tracks)
