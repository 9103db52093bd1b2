"""Checkpoints are data: nothing in them runs unless the user says so."""

import os
import pickle

import numpy as np
import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.runner import CheckpointLoader

from surgtools.errors import InputError
from surgtools.hosts.compat.safe_loading import load_file, trust_checkpoints


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def unsafe(tmp_path):
    """A checkpoint that makes a folder while it is read, and that folder."""
    torch.save({"state_dict": {}, "x": Payload(tmp_path / "proof")}, tmp_path / "unsafe.pth")
    return tmp_path / "unsafe.pth", tmp_path / "proof"


def test_code_in_a_checkpoint_is_refused_and_does_not_run(unsafe):
    path, proof = unsafe
    with pytest.raises(InputError, match=r"unsafe.pth: .*mkdir.*--trust-checkpoint"):
        load_file(str(path))
    assert not proof.exists()


def test_host_loader_is_as_strict(unsafe):
    path, proof = unsafe
    with pytest.raises(InputError, match="would run code"):
        CheckpointLoader.load_checkpoint(str(path), map_location="cpu")
    assert not proof.exists()


def test_trusted_files_load(unsafe):
    path, proof = unsafe
    with trust_checkpoints():
        load_file(str(path))
    assert proof.is_dir()
    with pytest.raises(InputError):
        load_file(str(path))


class GetAttribute:
    """Reaches for what a log buffer does not need."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, "register_statistics")


def test_getattr_serves_log_buffers_only(tmp_path):
    torch.save({"state_dict": {}, "x": GetAttribute()}, tmp_path / "getattr.pth")
    with pytest.raises(InputError, match="getattr.*--trust-checkpoint"):
        load_file(str(tmp_path / "getattr.pth"))


def test_bare_pickles_are_refused(tmp_path):
    path = tmp_path / "bare.pth"
    path.write_bytes(pickle.dumps(Payload(tmp_path / "proof"), protocol=2))
    with pytest.raises(InputError, match="bare.pth"):
        load_file(str(path))
    assert not (tmp_path / "proof").exists()


def test_what_the_host_writes_loads(tmp_path):
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    content = {
        "meta": {"sigmas": np.full(10, 0.05), "iter": np.int64(3), "best": np.float64(0.5)},
        "message_hub": {"log_scalars": {"train/loss": history}},
        "state_dict": {"weight": torch.ones(2)},
    }
    torch.save(content, tmp_path / "host.pth")
    loaded = load_file(str(tmp_path / "host.pth"))
    assert loaded["message_hub"]["log_scalars"]["train/loss"].data[0].tolist() == [1.0, 2.0]
    assert loaded["meta"]["sigmas"].tolist() == [0.05] * 10
    assert loaded["meta"]["best"] == 0.5


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b'{"a": 1}', "text"),
        (b"image", "text"),
        (pickle.dumps({"a": 1}), "a pickle that torch.save did not write"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a file of another kind"),
    ],
)
def test_other_files_are_named_in_our_own_words(tmp_path, content, kind):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match="a.pth: not a readable checkpoint") as caught:
        load_file(path)
    assert f"(it is {kind})" in str(caught.value)
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize("zipped", [True, False])
def test_both_formats_of_torch_are_read(tmp_path, zipped):
    path, content = tmp_path / "a.pth", {"state_dict": {"w": torch.zeros(2)}}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert load_file(path)["state_dict"]["w"].shape == (2,)


def test_truncated_checkpoint(tmp_path):
    path = tmp_path / "cut.pth"
    torch.save({"state_dict": {"w": torch.zeros(1000)}}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="cut.pth: not a readable checkpoint") as caught:
        load_file(str(path))
    assert "likelihood" not in str(caught.value), "torch's explanations"


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="no such checkpoint file"):
        load_file(str(tmp_path / "absent.pth"))
    with pytest.raises(InputError, match="is a folder; name a checkpoint in it"):
        load_file(str(tmp_path))


class ManyBytes:
    """Would fill the memory: `bytes(10**15)`."""

    def __reduce__(self):
        return bytes, (10**15,)


def test_empty_arrays_load_and_bytes_of_a_size_do_not(tmp_path):
    """A skeleton without lines leaves an empty array of colors in the dataset's facts."""
    torch.save({"state_dict": {}, "meta": np.array([], np.uint8)}, tmp_path / "empty.pth")
    assert load_file(str(tmp_path / "empty.pth"))["meta"].shape == (0,)
    torch.save({"state_dict": {}, "meta": ManyBytes()}, tmp_path / "many.pth")
    with pytest.raises(InputError):
        load_file(str(tmp_path / "many.pth"))
