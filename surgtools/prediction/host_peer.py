"""The host's own inferencer on the same models, to compare with.

Two things are put right for it. It wants its own loading transforms in the test pipelines, and it
does not pass on the category of a box, which our heads want: every box is taken for the first
category with keypoints, which costs the same time.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import surgtools.register  # noqa: F401
from surgtools.evaluation.settings import SCORE_THR
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy


def host_predictor(
    det_model: str | Path,
    det_weights: str | Path,
    pose2d: str | Path,
    pose2d_weights: str | Path,
    device: str = "cpu",
    bbox_thr: float = SCORE_THR,
) -> Callable[[np.ndarray], dict]:
    """A function of one (H, W, 3) BGR picture that returns the host's result.

    Mirrored crops are left out, as in what it is compared with.
    """
    from mmpose.apis.inferencers import MMPoseInferencer  # only after surgtools.register

    config = load_config(pose2d)
    take_taxonomy(config, pose2d_weights)
    taxonomy = config_taxonomy(config)
    with tempfile.TemporaryDirectory() as folder:
        inferencer = MMPoseInferencer(
            pose2d=str(_with_host_loader(pose2d, "LoadImage", Path(folder))),
            pose2d_weights=str(pose2d_weights),
            det_model=str(_with_host_loader(det_model, "LoadImageFromFile", Path(folder))),
            det_weights=str(det_weights),
            det_cat_ids=list(range(len(taxonomy.categories))),
            device=device,
        )
    first = next(own for own in taxonomy.categories if own.num_keypoints)
    inferencer.inferencer.model.dataset_meta["category_id"] = first.id
    inferencer.inferencer.model.test_cfg["flip_test"] = False

    def predict(image: np.ndarray) -> dict:
        return next(inferencer(image, bbox_thr=bbox_thr))

    return predict


def _with_host_loader(model: str | Path, loader: str, folder: Path) -> Path:
    config = load_config(model)
    pipeline = config.test_dataloader.dataset.pipeline
    pipeline[0] = {"type": loader}
    path = folder / Path(model).name
    config.dump(path)
    return path
