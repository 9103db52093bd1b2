"""What a training needs, checked before anything is built or written."""

import tempfile
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from surgtools.annotations.coco import load_coco
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint, require_fit, require_numbers
from surgtools.hosts.config_files import leaf_dataset_configs
from surgtools.hosts.config_taxonomy import config_taxonomy
from surgtools.hosts.explained_errors import building


def require_data(config: Config) -> list[str]:
    """Read the annotation files of training and validation before a network is built.

    Returns:
        What a user should know: categories of which a file has no instrument.

    Raises:
        InputError: a file is broken, or has no pictures or nothing to learn or score.
    """
    notes, taxonomy = [], config_taxonomy(config)
    for name in ("train_dataloader", "val_dataloader"):
        done = "learned" if name == "train_dataloader" else "scored"
        for dataset in leaf_dataset_configs((config.get(name) or {}).get("dataset")):
            path = Path(dataset.get("data_root") or "", dataset["ann_file"])
            content = load_coco(path, taxonomy)
            if not content["images"] or not content["annotations"]:
                raise InputError(
                    f"{path}: {len(content['images'])} pictures, {len(content['annotations'])} "
                    "instruments; nothing can be learned or scored without some of both"
                )
            of_pose = str(dataset.get("type")).endswith("InstrumentDataset")
            rows = [row for row in content["annotations"] if _counts(row, of_pose)]
            if not rows:
                lacks = "iscrowd 0 and a keypoint with v > 0" if of_pose else "iscrowd 0"
                raise InputError(
                    f"{path}: none of the {len(content['annotations'])} instruments has {lacks}, "
                    f"so nothing can be {done}; label some"
                )
            present = {row["category_id"] for row in rows}
            absent = [own.name for own in taxonomy.categories if own.id not in present]
            if absent:
                notes.append(f"{path}: holds no {' and no '.join(absent)}, not to be {done} here")
    return notes


def _counts(row: dict, of_pose: bool) -> bool:
    """Whether a network learns anything of an annotation; crowd regions are passed over."""
    return not row.get("iscrowd") and (
        not of_pose or any(v > 0 for v in row.get("keypoints", ())[2::3])
    )


def require_folder(work_dir: str | Path) -> None:
    """Make the folder of a training, and make sure that it takes files.

    Raises:
        InputError: it is a file, or nothing can be written there.
    """
    try:
        Path(work_dir).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=work_dir).close()
    except FileExistsError as error:
        raise InputError(f"{work_dir}: is a file; --work-dir wants a folder") from error
    except OSError as error:
        raise InputError(
            f"{work_dir}: cannot be written ({error.strerror}); choose another --work-dir"
        ) from error


def require_checkpoint(config: Config) -> None:
    """Read the checkpoint to start from; one to resume must fit the model exactly."""
    path = config.get("load_from")
    if not path:
        return
    state = load_checkpoint(path)["state_dict"]
    require_numbers(state, str(path))
    with building(config):
        init_default_scope(config.get("default_scope", "mmpose"))
        model = MODELS.build(config.model)
    if config.get("resume"):
        require_fit(model, state, str(path))
    elif not any(
        key in state and state[key].shape == value.shape
        for key, value in model.state_dict().items()
    ):
        raise InputError(f"{path}: no weight fits the model; it belongs to another config")
