"""Files are written whole or not at all, and unreadable ones are named."""

import errno
import hashlib
import math
import os
import stat
import threading

import pytest

from surgtools.errors import InputError
from surgtools.files import read_json, sha256_of, write_json, write_whole


def test_json_comes_back(tmp_path):
    write_json(tmp_path / "new/folder/a.json", {"x": [1, 2.5, None]})
    assert read_json(tmp_path / "new/folder/a.json") == {"x": [1, 2.5, None]}


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, "old")
    with pytest.raises(RuntimeError), write_whole(path) as part:
        part.write_text("half of the n")
        raise RuntimeError("killed")
    assert read_json(path) == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_not_a_number_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", [math.nan])
    assert os.listdir(tmp_path) == []


def test_temporary_name_keeps_the_suffix_for_encoders(tmp_path):
    with write_whole(tmp_path / "clip.mp4") as part:
        assert part.suffix == ".mp4"
        part.write_bytes(b"x")
    assert (tmp_path / "clip.mp4").read_bytes() == b"x"


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/a.json: cannot be written"):
        write_json(tmp_path / "file/a.json", 1)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.json: no such file"):
        read_json(tmp_path / "a.json")


def test_cut_off_json_says_where(tmp_path):
    (tmp_path / "a.json").write_text('{"images": [\n1, 2')
    with pytest.raises(InputError, match=r"a\.json: line 2 column 5 is not JSON"):
        read_json(tmp_path / "a.json")


def test_binary_file_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(InputError, match="cannot be read"):
        read_json(tmp_path / "a.json")


def test_byte_order_mark_of_windows_is_read_over(tmp_path):
    (tmp_path / "a.json").write_text("[1]", encoding="utf-8-sig")
    assert read_json(tmp_path / "a.json") == [1]


def test_number_of_too_many_digits_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("1" * 5000)
    with pytest.raises(InputError, match=r"a\.json: cannot be read \(Exceeds the limit"):
        read_json(tmp_path / "a.json")


def test_link_stays_a_link_and_its_file_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far/real.json").write_text("old")
    (tmp_path / "a.json").symlink_to(tmp_path / "far/real.json")
    write_json(tmp_path / "a.json", "new")
    assert (tmp_path / "a.json").is_symlink()
    assert read_json(tmp_path / "far/real.json") == "new"
    assert os.listdir(tmp_path / "far") == ["real.json"]


def test_link_to_a_file_that_is_not_there_yet_is_followed(tmp_path):
    (tmp_path / "a.json").symlink_to("new/b.json")
    write_json(tmp_path / "a.json", 1)
    assert read_json(tmp_path / "new/b.json") == 1


def test_pipe_gets_the_bytes_and_stays_a_pipe(tmp_path):
    pipe, got = tmp_path / "p", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    write_json(pipe, [1, 2])
    reader.join()
    assert got == ["[1, 2]"]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and os.listdir(tmp_path) == ["p"]


def test_open_file_of_the_process_is_written_into(tmp_path):
    with (tmp_path / "a.txt").open("w") as file:
        write_json(f"/dev/fd/{file.fileno()}", 5)
    assert (tmp_path / "a.txt").read_text() == "5"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(InputError, match="it is a folder"):
        write_json(tmp_path, 1)


def test_name_that_is_too_long_is_refused_in_one_line(tmp_path):
    for name in ("a" * 300, "a." + "b" * 250, "a" * 254 + ".j"):
        with pytest.raises(InputError, match="cannot be written .*too long"):
            write_json(tmp_path / name, 1)
    assert os.listdir(tmp_path) == []


def test_umask_decides_who_may_read_a_new_file(tmp_path):
    before = os.umask(0o077)
    try:
        write_json(tmp_path / "a.json", 1)
        assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600
        (tmp_path / "a.json").chmod(0o640)
        write_json(tmp_path / "a.json", 2)
        assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_a_folder_is_no_json(tmp_path):
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        read_json(tmp_path)


def test_the_hash_is_that_of_the_content(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"{}")
    assert sha256_of(tmp_path / "a.bin") == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize("names", [(), ("/source.jpg", None, "/out/.part-1.jpg")])
def test_a_full_disk_names_the_file_that_did_not_fit(tmp_path, names):
    with pytest.raises(OSError, match="No space left") as caught:
        with write_whole(tmp_path / "big.jpg"):
            raise OSError(errno.ENOSPC, "No space left on device", *names)
    assert (caught.value.filename, caught.value.filename2) == (str(tmp_path / "big.jpg"), None)
    assert list(tmp_path.iterdir()) == []
