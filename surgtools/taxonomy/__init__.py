"""Which categories there are, which keypoints each has, and how they share one layout in memory.

A ``Taxonomy`` is a value: it is read from a file, goes from the dataset to the network, and is
written into checkpoints, exports and predictions. ``SURGICAL`` is the one that counts where
none is named; ``COCO_PERSON`` comes with the package, too.
"""

from surgtools.taxonomy.category import Category
from surgtools.taxonomy.coco_person import COCO_PERSON
from surgtools.taxonomy.layout import Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

__all__ = ["COCO_PERSON", "SURGICAL", "Category", "Taxonomy"]
