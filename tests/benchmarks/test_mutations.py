"""Which changes of a source are made, one at a time."""

import ast

import pytest

from benchmarks.mutations import mutations


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("0 <= x < 2", ["0 < x < 2", "0 <= x <= 2", "1 <= x < 2", "0 <= x < 3"]),
        ("a + b and c", ["a + b or c", "a - b and c"]),
        ("f(0.5)", ["f(0.55)"]),
        ("x[1:-1] is None", []),
        ("raise ValueError(f'{2 + n}')", []),
    ],
)
def test_every_operator_and_number_is_changed_once(source, changed):

    trees = [ast.unparse(mutation.tree) for mutation in mutations(source)]
    assert sorted(trees) == sorted(changed)
