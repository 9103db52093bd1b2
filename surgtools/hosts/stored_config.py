"""Read the config that training stored in a checkpoint, as values and never as a program.

A config file is Python and runs when it is read. The copy in a checkpoint came with the weights,
perhaps from a stranger, so it is only taken apart: assignments of numbers, texts, lists and dicts
count, anything else is refused. The parts that it names must be registered, because the hosts
would import any other name, ``os.system`` too, and call it.
"""

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.hosts.compat.safe_loading import is_trusting

_REGISTRIES = ("mmengine.registry", "mmpose.registry")

HOSTS = ("mmengine", "mmcv", "mmdet", "mmpose", "mmpretrain", "surgtools")


def stored_config(checkpoint: Mapping[str, Any], name: str) -> Config:
    """The config in the ``meta`` of a loaded checkpoint.

    Args:
        checkpoint: from ``load_checkpoint``.
        name: of the file, for messages.

    Raises:
        InputError: there is none, or it holds more than plain values and registered parts and
            nobody trusts it, see ``trust_checkpoints``.
    """
    text = checkpoint["meta"].get("cfg")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{name}: stores no config; name its config file too")
    if is_trusting():
        return Config.fromstring(text, ".py")
    try:
        values = plain_values(text)
        _require_registered(values)
    except _NotPlain as error:
        raise InputError(
            f"{name}: the config stored in it {error}, so it may run code; name its config file, "
            "or add --trust-checkpoint if you trust its author"
        ) from error
    values.pop("custom_imports", None)  # everything that may be named is imported already
    return Config(values)


def plain_values(text: str) -> dict[str, Any]:
    """Names and values of a config that is nothing but assignments of values."""
    try:
        module = ast.parse(text)
        return {
            target.id: _value(statement.value) for statement, target in _assignments(module.body)
        }
    except SyntaxError as error:
        raise _NotPlain(f"is not Python (line {error.lineno})") from error
    except (RecursionError, MemoryError) as error:
        raise _NotPlain("is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise _NotPlain(f"cannot be read ({error})") from error


class _NotPlain(Exception):
    """What a config holds beside values."""


def _assignments(statements: list[ast.stmt]) -> Iterator[tuple[ast.Assign, ast.Name]]:
    for statement in statements:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            (target,) = statement.targets
            if isinstance(target, ast.Name) and not target.id.startswith("__"):
                yield statement, target
                continue
        raise _refused(statement)


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
        if not named or any(keyword.arg is None for keyword in node.keywords):
            raise _refused(node)
        return {keyword.arg: _value(keyword.value) for keyword in node.keywords}
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        kind = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
        return kind(map(_value, node.elts))
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value
    raise _refused(node)


def _refused(node: ast.AST) -> _NotPlain:
    return _NotPlain(f"holds more than plain values (line {node.lineno})")


def _require_registered(values: dict[str, Any]) -> None:
    known = _registered()
    for name in _types(values):
        scope, _, own = name.rpartition(".") if isinstance(name, str) else ("", "", None)
        if own not in known or (scope and scope not in HOSTS):
            raise _NotPlain(f"names `{name}`, which is no registered part")


def _types(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if value.get("type") is not None:
            yield value["type"]
        value = list(value.values())
    if isinstance(value, list | tuple | set):
        for part in value:
            yield from _types(part)


def _registered() -> set[str]:
    """Names in all registries of the hosts and of surgtools."""
    from mmengine.registry import Registry

    import surgtools.register  # noqa: F401

    # MMPose's codecs hang below no registry of MMEngine.
    parts = [p for name in _REGISTRIES for p in vars(import_module(name)).values()]
    waiting = [part for part in parts if isinstance(part, Registry)]
    names: set[str] = set()
    while waiting:
        registry = waiting.pop()
        names.update(registry.module_dict)
        waiting.extend(registry.children.values())
    return names
