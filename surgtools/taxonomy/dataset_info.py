"""MMPose's ``dataset_info`` as a taxonomy, read from its Python file without running it."""

import ast
from pathlib import Path

from surgtools.errors import InputError
from surgtools.taxonomy.category import Category
from surgtools.taxonomy.guesses import guess_axis
from surgtools.taxonomy.layout import Taxonomy

_MOST_VALUES = 100_000
"""No skeleton has more; ``[0] * 10**9`` would eat the memory."""


def read_dataset_info(path: Path) -> dict:
    """The ``dataset_info`` of a file such as MMPose's ``configs/_base_/datasets/coco.py``.

    The file is taken apart, not run: dicts, lists, numbers, text and simple arithmetic are read.

    Raises:
        InputError: the file has no ``dataset_info``, or computes it.
    """
    try:
        tree = ast.parse(Path(path).read_text(encoding="utf-8-sig"), filename=str(path))
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as Python ({error}); give a dataset_info file"
        ) from None
    names: dict[str, object] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        try:
            names[node.targets[0].id] = _Reader(path, names).value(node.value)
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise InputError(
                f"{path}:{node.lineno}: {node.targets[0].id} makes no sense ({error}); correct it"
            ) from None
        if isinstance(names.get("dataset_info"), dict):
            return names["dataset_info"]
    raise InputError(f"{path}: no dataset_info = dict(...) in it; give a dataset_info file")


class _Reader:
    """Values of expressions in which nothing is called but ``dict(key=value)``."""

    def __init__(self, path: Path, names: dict[str, object]) -> None:
        self.path, self.names = path, names

    def value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant():
                return node.value
            case ast.List() | ast.Tuple():
                return [self.value(part) for part in node.elts]
            case ast.Dict() if None not in node.keys:
                keys = [self.value(key) for key in node.keys]
                return dict(zip(keys, map(self.value, node.values), strict=True))
            case ast.Call(func=ast.Name(id="dict"), args=[]):
                return {word.arg: self.value(word.value) for word in node.keywords}
            case ast.UnaryOp(op=ast.USub()):
                return -self.value(node.operand)
            case ast.Name() if node.id in self.names:
                return self.names[node.id]
            case ast.Subscript():
                return self.value(node.value)[self.value(node.slice)]
            case ast.BinOp():
                return self._sum(node)
        raise InputError(
            f"{self.path}:{node.lineno}: dataset_info is computed here; write plain values "
            "(dict, list, numbers, text), since the file is read and never run"
        )

    def _sum(self, node: ast.BinOp) -> object:
        left, right = self.value(node.left), self.value(node.right)
        listed = isinstance(left, list)
        match node.op:
            case ast.Mult() if listed and 0 <= right * len(left) <= _MOST_VALUES:
                return left * right
            case ast.Add() if listed == isinstance(right, list):
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult() if not listed:
                return float(left) * float(right)
            case ast.Div():
                return left / right
        raise InputError(f"{self.path}:{node.lineno}: this sum is not read; write its result")


def from_dataset_info(info: dict, where: str, categories: list[dict] | None = None) -> Taxonomy:
    """The taxonomy of a ``dataset_info``: one skeleton, for one category or for several alike.

    Args:
        info: ``dataset_name``, ``keypoint_info``, ``skeleton_info``, ``joint_weights``,
            ``sigmas``; the last three may be missing.
        where: starts every message, usually the path.
        categories: COCO's ``categories`` of the data; without them, one of id 1 with the name of
            the dataset.

    Raises:
        InputError: a keypoint without a name, a bone or a partner that is unknown, ids with gaps.

    Source: mmpose.datasets.datasets.utils.parse_pose_metainfo.
    """
    try:
        rows = [info["keypoint_info"][key] for key in sorted(info["keypoint_info"], key=int)]
        names = tuple(str(row["name"]) for row in rows)
        partners = {str(row["name"]): str(row.get("swap") or "") for row in rows}
        bones = info.get("skeleton_info") or {}
        skeleton = tuple(tuple(bones[key]["link"]) for key in sorted(bones, key=int))
        sigmas = tuple(float(sigma) for sigma in info.get("sigmas") or ())
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{where}: dataset_info is broken at {error}; keypoint_info needs the name of "
            "every keypoint, skeleton_info a link of two names"
        ) from None
    swaps = _pairs(names, partners, where)
    base, tips = guess_axis(names, swaps)
    own = categories or [{"id": 1, "name": str(info.get("dataset_name") or "object")}]
    try:
        return Taxonomy(
            str(info.get("dataset_name") or "dataset_info"),
            tuple(
                Category(
                    id=row["id"],
                    name=row["name"],
                    keypoints=names,
                    swaps=swaps,
                    skeleton=skeleton,
                    base=base,
                    tips=tips,
                    sigmas=sigmas,
                    supercategory=row.get("supercategory") or "object",
                )
                for row in own
            ),
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _pairs(
    names: tuple[str, ...], partners: dict[str, str], where: str
) -> tuple[tuple[str, str], ...]:
    """(left, right) where names tell, otherwise (first, second); one of the two may be silent."""
    pairs = []
    for name, partner in partners.items():
        if not partner:
            continue
        if partner == name:
            raise InputError(
                f"{where}: keypoint {name!r} swaps with itself; name its partner, or leave swap "
                "empty"
            )
        if partner not in partners or partners[partner] not in ("", name):
            raise InputError(
                f"{where}: keypoint {name!r} swaps with {partner!r}, which does not swap back; "
                "both must name each other"
            )
        first = names.index(name) < names.index(partner)
        if first or not partners[partner]:
            pairs.append((partner, name) if "left" in partner.lower() else (name, partner))
    return tuple(pairs)
