import pytest

from surgtools.cli.parser import CommandParser
from surgtools.cli.sharing_arguments import add_shard, add_watch
from surgtools.errors import InputError


@pytest.fixture
def parser() -> CommandParser:
    parser = CommandParser(prog="surgtools x")
    add_shard(parser, "make a part")
    add_watch(parser)
    return parser


def test_a_part_is_counted_from_one(parser):
    assert parser.parse_args(["--shard", "2/3"]).shard == (2, 3)
    assert parser.parse_args([]).shard == (1, 1)
    assert parser.parse_args(["--watch", "d"]).watch == "d"


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b"])
def test_a_part_that_is_none_is_one_line(parser, text):
    with pytest.raises(InputError, match=r"--shard"):
        parser.parse_args(["--shard", text])
