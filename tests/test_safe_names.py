"""Names from files become paths that stay in their folder, or are refused in one line."""

import pytest

from surgtools.errors import InputError
from surgtools.safe_names import dataset_of_pictures, name_below, path_to_read, path_to_write

LEADING_OUT = [
    "/etc/passwd",
    "//server/share/a.jpg",
    "../a.jpg",
    "a/../../b.jpg",
    "..\\..\\a.jpg",
    "a\\..\\..\\b.jpg",
    "\\\\server\\share\\a.jpg",
    "\\a.jpg",
    "C:\\a.jpg",
    "c:/a.jpg",
    "C:a.jpg",
    "..",
]
UNUSABLE = ["", ".", "./", "a\0.jpg", "\ud800.jpg", None, 7, ["a.jpg"], "n" * 256, "ä" * 128]


@pytest.mark.parametrize("name", [*LEADING_OUT, *UNUSABLE], ids=repr)
def test_nothing_is_written_under_such_a_name(name, tmp_path):
    with pytest.raises(InputError, match=r"^a\.json: image 7: ") as raised:
        path_to_write(tmp_path / "out", name, "a.json: image 7")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", LEADING_OUT)
def test_such_a_name_has_no_form_below_a_folder(name):
    with pytest.raises(InputError, match=r"^x: .*relative to the folder"):
        name_below(name, "x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "a.jpg"),
        ("clip/a.jpg", "clip/a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("clip\\a.jpg", "clip/a.jpg"),
        ("a..b.jpg", "a..b.jpg"),
        ("...jpg", "...jpg"),
        ("n" * 255, "n" * 255),
    ],
)
def test_a_plain_name_stays_below_the_folder(name, expected, tmp_path):
    assert path_to_write(tmp_path, name, "x") == tmp_path / expected
    assert name_below(name, "x") == expected


def test_a_link_that_leads_out_is_not_written_through(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/clip").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out/a.jpg").symlink_to(tmp_path / "elsewhere/a.jpg")
    for name in ("clip/a.jpg", "a.jpg"):
        with pytest.raises(InputError, match="link"):
            path_to_write(tmp_path / "out", name, "x")


def test_an_output_folder_that_is_a_link_is_the_users_own_choice(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    assert path_to_write(tmp_path / "out", "a.jpg", "x") == tmp_path / "out/a.jpg"


def test_a_path_of_many_parts_is_not_too_long_for_the_system(tmp_path):
    with pytest.raises(InputError, match="4095"):
        path_to_write(tmp_path, "/".join(["n" * 200] * 21), "x")


@pytest.mark.parametrize("name", ["../secret.jpg", "{}/secret.jpg", "link.jpg", "clip/secret.jpg"])
def test_reading_outside_the_data_set_needs_permission(name, tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"")
    (root / "link.jpg").symlink_to(secret)
    (root / "clip").symlink_to(tmp_path)
    name = name.format(tmp_path)
    with pytest.raises(InputError, match="--allow-outside"):
        path_to_read(root, name, "x")
    assert path_to_read(root, name, "x", allow_outside=True).samefile(secret)


def test_links_of_a_training_folder_are_followed_but_no_names(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "set/a.jpg").symlink_to(tmp_path / "a.jpg")
    assert path_to_read(tmp_path / "set", "a.jpg", "x", follow_links=True).is_file()
    for name in ("../a.jpg", str(tmp_path / "a.jpg")):
        with pytest.raises(InputError, match="leads out"):
            path_to_read(tmp_path / "set", name, "x", follow_links=True)


def test_names_that_stay_in_the_data_set_are_read(tmp_path):
    root = tmp_path / "set/images"
    root.mkdir(parents=True)
    (tmp_path / "set/pool").mkdir()
    (tmp_path / "set/pool/a.jpg").write_bytes(b"")
    (root / "a.jpg").symlink_to("../pool/a.jpg")
    assert dataset_of_pictures(root) == tmp_path / "set"
    for name in ("a.jpg", "../pool/a.jpg", str(root / "a.jpg"), "missing.jpg"):
        assert path_to_read(root, name, "x") == root / name


def test_the_folder_of_the_pictures_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "set").mkdir()
    (tmp_path / "set/images").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/a.jpg").write_bytes(b"")
    assert path_to_read(tmp_path / "set/images", "a.jpg", "x").is_file()


@pytest.mark.parametrize("name", ["clip\\a b.jpg", "clip/a%20b.jpg", "clip%5Ca%20b.jpg"])
def test_other_spellings_of_a_name_are_understood(name, tmp_path):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip/a b.jpg").write_bytes(b"")
    expected = None if "%5C" in name else tmp_path / "clip/a b.jpg"
    assert path_to_read(tmp_path, name, "x") == (expected or tmp_path / name)


def test_the_name_as_it_stands_comes_first(tmp_path):
    for name in ("a%20b.jpg", "a b.jpg"):
        (tmp_path / name).write_bytes(b"")
    assert path_to_read(tmp_path, "a%20b.jpg", "x") == tmp_path / "a%20b.jpg"


def test_an_escaped_way_out_is_none_either(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="--allow-outside"):
        path_to_read(tmp_path / "set", "%2e%2e/secret.jpg", "x")


@pytest.mark.parametrize("name", ["", "a\0.jpg", "\ud800", None, "n" * 256])
def test_nothing_is_read_under_such_a_name(name, tmp_path):
    with pytest.raises(InputError, match=r"^x: "):
        path_to_read(tmp_path, name, "x", allow_outside=True)
