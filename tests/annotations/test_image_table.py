"""Entries of several files: what is the same picture, what gets a new name, which ids they get."""

import pytest

from surgtools.annotations.image_entries import ImageSource
from surgtools.annotations.image_table import ImageTable
from surgtools.errors import InputError


def entry(image_id: int, name: str = "a.jpg", width: int = 10, **more) -> dict:
    return {"id": image_id, "file_name": name, "width": width, "height": 5, **more}


@pytest.fixture
def sources(tmp_path):
    """Two files with folders; ``a.jpg`` differs between them, ``b.jpg`` is the same."""
    found = []
    for name, text in (("one", b"1111"), ("two", b"2222")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(text)
        (tmp_path / name / "b.jpg").write_bytes(b"same")
        found.append(ImageSource(f"{name}.json", tmp_path / name))
    return found


def test_same_content_is_the_same_picture(sources):
    table = ImageTable(rename=False)
    table.add(entry(7, "b.jpg"), sources[0])
    table.add(entry(9, "b.jpg"), sources[1])
    assert len(table.images) == table.same_pictures == 1
    assert sources[0].image_ids == {7: 1} and sources[1].image_ids == {9: 1}


@pytest.mark.parametrize("text, number", [(b"same", 1), (b"sama", 2), (b"same ", 2)])
def test_a_picture_is_known_by_all_of_its_bytes(sources, text, number):
    (sources[1].image_root / "b.jpg").write_bytes(text)
    table = ImageTable(rename=True)
    for source in sources:
        table.add(entry(1, "b.jpg"), source)
    assert len(table.images) == number


def test_a_link_to_a_picture_is_that_picture(sources):
    picture = sources[0].image_root / "b.jpg"
    (sources[1].image_root / "b.jpg").unlink()
    (sources[1].image_root / "b.jpg").hardlink_to(picture)
    table = ImageTable(rename=False)
    table.add(entry(1, "b.jpg"), sources[0])
    table.add(entry(1, "b.jpg"), sources[1])
    assert len(table.images) == 1


def test_other_content_gets_a_new_name_or_is_refused(sources):
    table = ImageTable(rename=True)
    for source in sources:
        table.add(entry(1), source)
    assert [image["file_name"] for image in table.images] == ["a.jpg", "a_2.jpg"]
    assert table.renamed == {"two.json: a.jpg": "a_2.jpg"}
    assert [path.read_bytes() for _, path in table.pictures()] == [b"1111", b"2222"]
    strict = ImageTable(rename=False)
    strict.add(entry(2), sources[0])
    with pytest.raises(InputError, match="two.json: a.jpg is another picture"):
        strict.add(entry(2), sources[1])


def test_other_size_is_another_picture_even_unseen():
    table = ImageTable(rename=True)
    for width in (10, 20):
        table.add(entry(1, width=width), ImageSource("x", None))
    assert len(table.images) == 2 and list(table.pictures()) == []


def test_videos_follow_the_pictures_they_share(sources):
    table = ImageTable(rename=False)
    table.add(entry(1, "b.jpg", video_id=4), sources[0])
    table.add(entry(1, "b.jpg", video_id=8), sources[1])
    table.add(entry(2, "c.jpg", video_id=8), sources[1])
    table.add(entry(3, "d.jpg", video_id=4), sources[1])
    assert [image["video_id"] for image in table.images] == [4, 4, 5]


def test_first_origin_stays():
    source = ImageSource("m.json", None, first_origin=3)
    assert source.origin({}, 12) == [3, 12]
    assert source.origin({"source": [1, 40]}, 12) == [4, 40]
    assert source.origin({"source": "camera"}, 12) == [3, 12]


@pytest.mark.parametrize(
    ("image", "message"),
    [({"id": 1}, "needs id, file_name"), (3, "needs id"), (entry([1]), "needs id")],
)
def test_broken_entries_are_named(image, message):
    with pytest.raises(InputError, match=message):
        ImageTable(rename=True).add(image, ImageSource("x.json", None))


def test_frames_of_videos_with_other_names_are_other_pictures():
    one, two = ImageSource("one.json", None), ImageSource("two.json", None)
    table = ImageTable(rename=False)
    for source, video in ((one, "surgery A"), (two, "../surgery B")):
        for frame in (1, 2):
            table.add(entry(frame, f"frame_{frame}.png", video_id=video, frame_id=frame), source)
    assert [image["file_name"] for image in table.images] == [
        "frame_1.png",
        "frame_2.png",
        "surgery B/frame_1.png",
        "surgery B/frame_2.png",
    ]
    assert [image["video_id"] for image in table.images] == ["surgery A"] * 2 + [
        "../surgery B"
    ] * 2
    table.add(entry(9, "frame_1.png", video_id="../surgery B"), ImageSource("three.json", None))
    assert len(table.images) == 4 and table.same_pictures == 1


def test_equal_names_of_one_video_or_of_none_are_one_picture():
    table = ImageTable(rename=False)
    for n, more in enumerate(({"video_id": "A"}, {"video_id": "A"}, {}, {"video_id": 3})):
        table.add(entry(1, **more), ImageSource(f"{n}.json", None))
    assert len(table.images) == 1


def test_numbers_of_videos_count_within_one_file_only():
    source = ImageSource("one.json", None)
    table = ImageTable(rename=False)
    for n in (1, 2):
        table.add(entry(n, video_id=n), source)
    table.add(entry(1, video_id=5), ImageSource("two.json", None))
    assert [image["file_name"] for image in table.images] == ["a.jpg", "a_2.jpg"]


def test_pictures_decide_where_they_can_be_read(sources):
    table = ImageTable(rename=False)
    table.add(entry(1, "b.jpg", video_id="A"), sources[0])
    table.add(entry(1, "b.jpg", video_id="B"), sources[1])
    assert len(table.images) == 1
    with pytest.raises(InputError, match="a.jpg is another picture"):
        table.add(entry(2, "a.jpg", video_id="A"), sources[0])
        table.add(entry(2, "a.jpg", video_id="B"), sources[1])


def test_layer_follows_the_new_name():
    table = ImageTable(rename=True)
    for width in (10, 20):
        table.add(entry(1, "c/a.jpg", width, layer="c/a.png"), ImageSource("x", None))
    assert [image["layer"] for image in table.images] == ["c/a.png", "c/a_2.png"]


@pytest.mark.parametrize("earlier", [[1, 40, 3], [1], ["a", 40], {"a": 1, "b": 2}])
def test_a_source_that_no_merge_wrote_is_no_origin(earlier):
    assert ImageSource("m.json", None).origin({"source": earlier}, 12) == [0, 12]


def test_entries_know_where_they_come_from():
    table = ImageTable(rename=True)
    table.add(entry(7), ImageSource("x.json", None))
    table.add(entry(8, "b.jpg", source=[1, 40]), ImageSource("y.json", None, first_origin=2))
    assert [image["source"] for image in table.images] == [[0, 7], [3, 40]]


def test_a_new_name_is_one_that_nobody_has(sources):
    """The second ``a.jpg`` would be ``a_2.jpg``, which is there; ``a_3.jpg`` is taken then."""
    table = ImageTable(rename=True)
    table.add(entry(1, "a_2.jpg"), sources[0])
    for source in sources:
        table.add(entry(2), source)
    assert [image["file_name"] for image in table.images] == ["a_2.jpg", "a.jpg", "a_3.jpg"]
    (sources[1].image_root / "a_3.jpg").write_bytes(b"another")
    table.add(entry(3, "a_3.jpg"), sources[1])
    assert table.images[-1]["file_name"] not in {image["file_name"] for image in table.images[:-1]}


def test_a_picture_that_only_one_file_can_show_is_told_by_name_and_size(sources):
    table = ImageTable(rename=False)
    table.add(entry(1), sources[0])
    table.add(entry(1), ImageSource("x.json", None))
    assert len(table.images) == 1 and table.same_pictures == 1


def test_names_that_lead_out_are_refused_where_pictures_are_put_together(sources):
    with pytest.raises(InputError, match="one.json: image 1"):
        ImageTable(rename=True).add(entry(1, "../a.jpg"), sources[0])
    for table, name, source in (
        (ImageTable(rename=False), "../a.jpg", sources[0]),
        (ImageTable(rename=True), "../a.jpg", ImageSource("x.json", None)),
        (ImageTable(rename=True, allow_outside=True), "a.jpg", sources[1]),
    ):
        table.add(entry(1, "../a.jpg"), source)
        assert table.images[0]["file_name"] == name


def test_an_empty_layer_stays_empty():
    table = ImageTable(rename=True)
    for width in (10, 20):
        table.add(entry(1, width=width, layer=""), ImageSource("x", None))
    assert [image["layer"] for image in table.images] == ["", ""]


def test_layers_lie_beside_the_folder_of_the_pictures(tmp_path):
    for folder in ("images", "layers"):
        (tmp_path / folder).mkdir()
    (tmp_path / "layers/a.png").write_bytes(b"layer")
    table, source = ImageTable(rename=True), ImageSource("x.json", tmp_path / "images")
    table.add(entry(1, layer="a.png"), source)
    table.add(entry(2, "b.jpg", layer="b.png"), source)
    table.add(entry(3, "c.jpg"), source)
    assert [path.read_bytes() for _, path in table.layers()] == [b"layer"]
    assert list(table.pictures()) == []


def test_names_of_videos_are_kept_beside_numbers():
    table = ImageTable(rename=True)
    one, two = ImageSource("one.json", None), ImageSource("two.json", None)
    for n, (source, video) in enumerate(((one, 3), (one, "A"), (two, "A"), (two, 3), (two, 3))):
        table.add(entry(n, f"{n}.jpg", video_id=video), source)
    assert [image["video_id"] for image in table.images] == [3, "A", "A", 4, 4]
