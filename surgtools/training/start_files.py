"""Write what a first training needs: two configs, the taxonomy, and the commands to run."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.dataset_folder import ANNOTATIONS, annotation_file
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.coco_categories import Guess
from surgtools.taxonomy.files import FILE_NAME, write_taxonomy
from surgtools.training.start_plan import StartPlan, plan_start, read_data_facts

_BASE = '__import__("surgtools.configs").configs.base_config("{name}")'
"""mmengine reads ``_base_`` as an expression, so the package is found wherever it is installed."""

_SCHEDULE = """\
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-3, begin=0, end=2, convert_to_iter_based=True),
    dict(
        type="CosineAnnealingLR",
        eta_min_ratio=0.01,
        begin=2,
        end=epochs,
        T_max=epochs - 2,
        convert_to_iter_based=True,
    ),
]
"""


@dataclass(frozen=True)
class StartFiles:
    """What ``write_start`` wrote.

    Attributes:
        taxonomy: the file of categories and keypoints.
        configs: of the detector and, where there are keypoints, of the pose network.
        commands: what to run next, one line each.
        guesses: what was guessed from names.
        plan: the settings and why.
        has_val: whether the dataset has annotations to validate on; without them the commands
            train without.
    """

    taxonomy: Path
    configs: list[Path]
    commands: list[str]
    guesses: list[Guess]
    plan: StartPlan
    has_val: bool


def write_start(data: str | Path, out: str | Path, gpu: bool) -> StartFiles:
    """Look at a dataset and write configs that train on it.

    Args:
        data: dataset folder with ``train/coco_keypoints.json``.
        out: folder for the files; existing ones are not replaced.
        gpu: whether the machine has a graphics card.

    Raises:
        InputError: no training annotations, broken ones, or files that are there already.
    """
    data, out = Path(data), Path(out)
    annotations = annotation_file(data, "train")
    if not annotations.is_file():
        raise InputError(
            f"{annotations}: no such file; a dataset folder has train/{ANNOTATIONS}, see "
            "`surgtools data convert` and `surgtools data split`"
        )
    taxonomy, guesses = find_taxonomy(data, even=True)
    facts = read_data_facts(annotations)
    if not facts.lists_keypoints and taxonomy.num_slots:  # named as instruments, labelled as boxes
        boxes = tuple(Category(own.id, own.name) for own in taxonomy.categories)
        taxonomy, guesses = Taxonomy(f"{taxonomy.name}_boxes", boxes), []
    plan = plan_start(facts, taxonomy, gpu)
    texts = {"detector.py": _detector(plan)}
    if plan.pose:
        texts["pose.py"] = _pose(plan)
    existing = [name for name in (*texts, FILE_NAME) if (out / name).exists()]
    if existing:
        raise InputError(f"{out / existing[0]}: is there already; give another --out-dir")
    write_taxonomy(taxonomy, out / FILE_NAME, guesses)
    for name, text in texts.items():
        with write_whole(out / name) as part:
            part.write_text(text, encoding="utf-8")
    configs = [out / name for name in texts]
    has_val = annotation_file(data, "val").exists()
    commands = _commands(data, out, plan, has_val)
    return StartFiles(out / FILE_NAME, configs, commands, guesses, plan, has_val)


def _detector(plan: StartPlan) -> str:
    return f"""\
# Detector, written by `surgtools init`. Change what you like.
# Network: {plan.why_networks}.
_base_ = {_BASE.format(name=plan.detector)}
from surgtools.configs.pipelines import box_pipelines

# Input: {plan.why_side}.
size = ({plan.side}, {plan.side})
train_pipeline, test_pipeline = box_pipelines(size)

# Epochs: {plan.why_epochs}.
epochs = {plan.epochs}
train_cfg = dict(max_epochs=epochs)
{_SCHEDULE}
train_dataloader = dict(batch_size={plan.batch}, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
"""


def _pose(plan: StartPlan) -> str:
    return f"""\
# Pose network, written by `surgtools init`. Change what you like.
# Network: {plan.why_networks}. It sees one instance at 256x256 pixels.
_base_ = {_BASE.format(name=plan.pose)}

# Epochs: {plan.why_epochs}.
epochs = {plan.pose_epochs}
train_cfg = dict(max_epochs=epochs)
{_SCHEDULE}
# Sigmas (in taxonomy.yaml) are 0.05 until `surgtools data sigmas` has measured them: they change
# what AP means, not what is learned.
train_dataloader = dict(batch_size={2 * plan.batch})
"""


def _commands(data: Path, out: Path, plan: StartPlan, has_val: bool) -> list[str]:
    shared = ["--data", data, "--taxonomy", out / FILE_NAME]
    unscored = [] if has_val else ["--no-validate"]
    networks = ["detector", "pose"] if plan.pose else ["detector"]
    commands = [
        ["train", out / f"{network}.py", *shared, "--work-dir", out / "work" / network, *unscored]
        for network in networks
    ]
    found, work = out / "found", out / "work"
    models = ["--models", work] if plan.pose else ["--det-model", work / "detector"]
    alone = [] if plan.pose else ["--save-boxes", found / "boxes.json"]
    commands.append(["predict", data, *models, "--out-dir", found, *alone])
    return [shlex.join(["surgtools", *map(str, command)]) for command in commands]
