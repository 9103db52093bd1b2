"""Files are known again by their names, and by as many folders as needed."""

import pytest

from surgtools.moved_files import MovedFiles, parts_of, shared_parts, shortest_names


def test_folders_may_differ_unless_they_are_needed():
    files = MovedFiles(["a/x.jpg", "b/x.jpg", "y.jpg"])
    assert files.find("/elsewhere/y.jpg") == ["y.jpg"]
    assert files.find("C:\\data\\b\\x.jpg") == ["b/x.jpg"]
    assert files.find("x.jpg") == ["a/x.jpg", "b/x.jpg"]
    assert files.find("c/x.jpg") == files.find("z.jpg") == files.find("") == []


def test_the_same_name_comes_before_longer_ones():
    assert MovedFiles(["a/x.jpg", "old/a/x.jpg"]).find("a/x.jpg") == ["a/x.jpg"]


def test_suffixes_may_be_left_out():
    assert MovedFiles(["a/x.1.jpg"], by_stem=True).find("labels/x.1.txt") == ["a/x.1.jpg"]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("a/x", "b/x", 1), ("c/a/x", "a/x", 2), ("a/x", "a/x", 3), ("x", "y", 0), ("x", "", 0)],
)
def test_shared_parts_are_counted_from_the_end(one, other, count):
    assert shared_parts(parts_of(one), parts_of(other)) == count


def test_shortest_names_have_the_folders_that_tell_them_apart():
    names = ["v/a/clip.mp4", "v/b/clip.mp4", "v/b/other.mp4", "clip.mp4"]
    short = ["a/clip", "b/clip", "other", "clip"]
    assert list(shortest_names(names, by_stem=True).values()) == short
    assert shortest_names(["a/x.mp4", "a/x.avi", "a/y.avi"], by_stem=True) == {
        "a/x.mp4": "a/x.mp4",
        "a/x.avi": "a/x.avi",
        "a/y.avi": "y",
    }
    assert shortest_names([]) == {}
