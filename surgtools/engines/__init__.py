"""Where the items of a long work are done: in processes here, or on the machines of a cluster.

Both have one function, ``do_items(start, items, ...)``. ``start`` is called once in every worker
and returns the function that does an item; it costs as much as loading a model, or Blender.
An item may be done more than once, so its work must end in files that are written whole and are
the same each time. Only the caller says what is to be done, and joins what was done.
"""

from collections.abc import Callable
from typing import Any

NAMES = ("local", "ray")

Work = Callable[[Any], Any]
Start = Callable[[], Work]
