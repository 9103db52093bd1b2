"""A checkpoint appears when it is whole; one that is cut off is not the newest."""

from pathlib import Path

import pytest
import torch
from mmengine.fileio import get_file_backend

from surgtools.training.whole_checkpoints import WHOLE, newest_checkpoint


def write_checkpoint(path):
    torch.save({"state_dict": {"weight": torch.zeros(4)}, "meta": {}}, path)


def test_newest_is_by_number_and_whole(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    for number in (2, 9, 10, 11):
        write_checkpoint(tmp_path / f"epoch_{number}.pth")
    content = (tmp_path / "epoch_11.pth").read_bytes()
    (tmp_path / "epoch_11.pth").write_bytes(content[: len(content) // 2])
    (tmp_path / "epoch_12.pth").touch()
    (tmp_path / "last_checkpoint").write_text(str(tmp_path / "epoch_13.pth"))
    write_checkpoint(tmp_path / "best_boxes_AP_epoch_12.pth")
    write_checkpoint(tmp_path / "epoch_last.pth")
    assert newest_checkpoint(tmp_path) == tmp_path / "epoch_10.pth"


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    backend, path = get_file_backend(backend_args=WHOLE), tmp_path / "epoch_1.pth"
    backend.put(b"old", path)
    write = Path.write_bytes

    def full_disk(self, data):
        write(self, data[:1])
        raise OSError("no space")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space"):
        backend.put(b"new", path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    backend.put(b"new", str(path))
    assert path.read_bytes() == b"new"
