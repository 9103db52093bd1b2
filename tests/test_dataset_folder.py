"""The layout of a dataset folder is spelled in one place, and so is what counts as a picture."""

import ast
from pathlib import Path

import pytest

from surgtools.dataset_folder import (
    ANNOTATIONS,
    annotation_file,
    annotation_files,
    layer_folder,
    picture_folder,
)

ROOT = Path(__file__).resolve().parents[1]


def test_parts_come_in_their_usual_order(tmp_path):
    for part in ("test", "night", "train", "empty", "val"):
        (tmp_path / part).mkdir()
        if part != "empty":
            annotation_file(tmp_path, part).write_text("{}")
    assert [f.parent.name for f in annotation_files(tmp_path)] == ["train", "val", "test", "night"]
    assert annotation_files(tmp_path / "nowhere") == []


def test_pictures_lie_beside_the_file_or_in_images(tmp_path):
    file = annotation_file(tmp_path, "val")
    assert picture_folder(file) == tmp_path / "val"
    (tmp_path / "val/images").mkdir(parents=True)
    assert picture_folder(file) == tmp_path / "val/images"
    assert layer_folder(file) == tmp_path / "val/layers"


def constants(tree: ast.AST):
    """Texts of a module that are no docstrings."""
    lone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lone:
            yield node.lineno, node.value


def package_files():
    for folder in ("surgtools", "data_gen"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "configs" not in path.parts and path.name != "dataset_folder.py":
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_else_spells_the_name_of_the_annotations():
    spelled = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, tree in package_files()
        for line, text in constants(tree)
        if text.split("/")[-1] == ANNOTATIONS and " " not in text
    ]
    assert spelled == []


def test_nothing_else_lists_the_suffixes_of_pictures():
    lists = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in package_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List | ast.Set)
        and {".jpg", ".png"} <= {getattr(each, "value", None) for each in node.elts}
    ]
    assert lists == []


@pytest.mark.parametrize("name", ["coco_keypoints.json", "train/coco_keypoints.json"])
def test_the_search_sees_a_spelled_name(name):
    tree = ast.parse(f'"""Doc of {name}."""\npath = folder / "{name}"')
    assert [text for _, text in constants(tree) if text.split("/")[-1] == ANNOTATIONS] == [name]
