"""Were the networks trained for the categories and keypoints of this surgtools?"""

from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.prediction.models import ROLES, Models


def check_same_categories(pair: Models, trust: bool = False) -> None:
    """Refuse checkpoints that were trained for other categories or keypoints.

    The networks themselves are checked where they are built; this reads the names that training
    left in ``meta``, which a network of equal size would hide.

    Raises:
        InputError: with the names found and expected.
    """
    from surgtools.metainfo import CLASSES, UNION_KEYPOINTS

    for role in ROLES:
        _, weights = pair.files(role)
        meta = load_checkpoint(weights, trust)["meta"].get("dataset_meta") or {}
        found = {key.lower(): value for key, value in meta.items()}
        classes = found.get("classes")
        if classes is not None and tuple(classes) != CLASSES:
            raise InputError(
                f"{weights}: trained for the categories {list(classes)}, teacher and student "
                f"here know {list(CLASSES)}; give a checkpoint of this surgtools"
            )
        names = found.get("keypoint_id2name")
        if names and tuple(names[key] for key in sorted(names)) != UNION_KEYPOINTS:
            raise InputError(
                f"{weights}: trained for other keypoints ({names[min(names)]}, ...), expected "
                f"{UNION_KEYPOINTS[0]}, ...; give a checkpoint of this surgtools"
            )
