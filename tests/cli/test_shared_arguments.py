"""Flags that several commands have: the same words, the same limits."""

from pathlib import Path

import pytest

from surgtools.cli.data_arguments import (
    add_dataset,
    add_image_folder,
    add_max_frames,
    add_num,
    add_pictures,
    add_stride,
)
from surgtools.cli.host_arguments import add_host_arguments, add_trust
from surgtools.cli.output_arguments import (
    add_out_dir,
    add_place_pictures,
    fresh_folder,
)
from surgtools.cli.parser import CommandParser, UsageError
from surgtools.cli.running_arguments import (
    add_amp,
    add_batch_size,
    add_device,
    add_precision,
    add_seed,
    add_workers,
    add_zoom,
)


@pytest.fixture
def parse():
    def use(add, *words):
        parser = CommandParser(prog="p")
        add(parser)
        return parser.parse_args(list(map(str, words)))

    return use


@pytest.mark.parametrize(
    ("add", "wrong", "right", "value"),
    [
        (lambda p: add_seed(p), ["--seed", "-1"], ["--seed", "7"], {"seed": 7}),
        (lambda p: add_seed(p), ["--seed", 2**32], ["--seed", 2**32 - 1], {"seed": 2**32 - 1}),
        (add_batch_size, ["--batch-size", 0], [], {"batch_size": 8}),
        (lambda p: add_workers(p, 2, "w"), ["--workers", -1], ["--workers", 0], {"workers": 0}),
        (lambda p: add_workers(p, 2, "w", 1), ["--workers", 0], [], {"workers": 2}),
        (add_zoom, ["--zoom", "9"], ["--zoom", "3"], {"zoom": 3}),
        (add_zoom, ["--zoom", "on"], [], {"zoom": "off"}),
        (add_precision, ["--precision", "int8"], ["--precision", "bf16"], {"precision": "bf16"}),
        (lambda p: add_num(p, "n", 100), ["--num", 0], [], {"num": 100}),
        (lambda p: add_max_frames(p, "m"), ["--max-frames", 0], [], {"max_frames": None}),
        (add_stride, ["--stride", 0], [], {"stride": 1}),
        (lambda p: add_pictures(p, "targets"), [], ["a.jpg", "b"], {"targets": ["a.jpg", "b"]}),
        (lambda p: add_out_dir(p, "o"), [], ["--out", "d"], {"out_dir": Path("d")}),
        (add_place_pictures, ["--pictures", "move"], [], {"pictures": "link"}),
    ],
)
def test_limits_and_defaults(parse, add, wrong, right, value):
    with pytest.raises(UsageError):
        parse(add, *wrong)
    assert vars(parse(add, *right)) == value


def test_flags_without_limits(parse):
    def add(parser):
        add_device(parser)
        add_amp(parser)
        add_dataset(parser, "d")
        add_image_folder(parser)
        add_trust(parser)
        add_host_arguments(parser, "logs")

    given = parse(add, "--device", "cuda:1", "--amp", "--data", "d")
    assert (given.device, given.amp, given.data) == ("cuda:1", True, "d")
    assert (given.launcher, given.local_rank, given.trust_checkpoint) == ("none", 0, False)


def test_a_folder_to_write_may_be_missing_but_not_a_file(parse, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--out .*file: is a file; a folder is expected"):
        parse(lambda p: add_out_dir(p, "o"), "--out-dir", tmp_path / "file")
    assert parse(lambda p: add_out_dir(p, "o"), "--out-dir", tmp_path).out_dir == tmp_path


def test_a_fresh_folder_is_none_that_is_there(tmp_path):
    assert fresh_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "new").mkdir()
    (tmp_path / "new_2").mkdir()
    assert fresh_folder(tmp_path / "new") == tmp_path / "new_3"
