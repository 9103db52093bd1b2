"""Lift keypoints to space by a trained network: no model of the instrument, only its length.

lifter = Lifter("work_dirs/lifter")
points = lifter("needle_holder", keypoints, camera, length=180)     # (k, 3) millimeters

Unlike the rest of this room it needs torch.
"""

from pathlib import Path

import numpy as np

from surgtools.camera import Camera
from surgtools.errors import InputError


class Lifter:
    """A network that ``surgtools train configs/lifting/...`` wrote.

    Args:
        checkpoint: its checkpoint, or the work folder of its training.
        trust: load a file that can run code.

    Raises:
        InputError: there is no such file, or it holds another network.
    """

    def __init__(self, checkpoint: str | Path, trust: bool = False) -> None:
        from mmengine.registry import MODELS, init_default_scope

        import surgtools.register  # noqa: F401  (before any host)
        from surgtools.hosts.checkpoints import load_weights
        from surgtools.hosts.compat.safe_loading import trust_checkpoints
        from surgtools.hosts.config_files import load_config
        from surgtools.hosts.explained_errors import building
        from surgtools.hosts.work_dirs import LIFTER, network_kind

        path = _checkpoint(Path(checkpoint))
        with trust_checkpoints(trust):
            config = load_config(path)
            if network_kind(config) != LIFTER:
                raise InputError(
                    f"{path}: is a {network_kind(config)} network; a lifter is expected, see "
                    "configs/lifting"
                )
            init_default_scope(config.get("default_scope", "mmpose"))
            with building(config):
                self._network = MODELS.build(config.model)
            load_weights(self._network, path, trust)
        self._network.eval()
        self._codec = self._network.head.decoder
        self.taxonomy = self._codec.taxonomy

    def __call__(
        self,
        category: str | int,
        keypoints: np.ndarray,
        camera: Camera,
        length: float,
        seen: np.ndarray | None = None,
    ) -> np.ndarray | None:
        """Where the keypoints of one instrument lie from its first one.

        Args:
            category: name or COCO id.
            keypoints: (k, 2) pixels, in the category's order.
            length: largest distance between two keypoints of the instrument, millimeters. The
                answer grows with it.
            seen: (k,) bool, which keypoints count; all when None.

        Returns:
            (k, 3) millimeters in the frame of the camera, unseen keypoints included; None where
            fewer than three count.

        Raises:
            InputError: an unknown category, another number of keypoints, or no length.
        """
        import torch

        from surgtools.models.lifting_codec import way_back

        own = self.taxonomy.get(category)
        keypoints = np.asarray(keypoints, dtype=float)
        if keypoints.shape != (own.num_keypoints, 2):
            raise InputError(
                f"keypoints of shape {keypoints.shape} given; {own.name} needs "
                f"({own.num_keypoints}, 2)"
            )
        if not (np.isfinite(length) and length > 0):
            raise InputError(f"length {length!r}: millimeters above 0 are expected")
        slots = self.taxonomy.slots_of(own.id)
        rays = np.zeros((self.taxonomy.num_slots, 2))
        counts = np.zeros(self.taxonomy.num_slots, dtype=bool)
        rays[slots] = camera.undistort(keypoints)
        counts[slots] = True if seen is None else seen
        view = self._codec.look(rays, counts, own.id)
        if view is None:
            return None
        inputs = torch.from_numpy(self._codec.inputs(view, own.id))[None]
        with torch.no_grad():
            answer = self._network._forward(inputs).numpy()
        points = self._codec.decode(answer, way_back(view, length)[None])[0][0, slots]
        points[0] = 0  # the root, of which the network was never told
        return points


def _checkpoint(path: Path) -> Path:
    from surgtools.hosts.work_dirs import is_work_dir, trained_network

    if path.is_dir() and is_work_dir(path):
        return trained_network(path)[1]
    if not path.is_file():
        raise InputError(
            f"{path}: no such lifter; give a checkpoint or the work folder of its training"
        )
    return path
