"""``configs/adaptation`` under ``surgtools train``, with the files that ``adapt`` would leave.

The networks are untrained; what they would have proposed at first is the truth of drawn pictures.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.preparation import LABEL_FLOOR, prepare, prepared_files
from surgtools.adaptation.settings import AdaptSettings
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.annotations.coco import load_coco
from surgtools.cli import main
from surgtools.files import read_json
from surgtools.hosts.config_files import load_config
from surgtools.prediction.models import Models
from surgtools.prediction.results import Instance
from surgtools.taxonomy import SURGICAL

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
TWO_STEPS = [
    "train_dataloader.dataset.length=8",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "train_cfg.max_epochs=1",
    "default_hooks.logger.interval=1",
]


def to_instance(row: dict) -> Instance:
    points = np.array(row["keypoints"], dtype=float).reshape(-1, 3)[:, :2]
    x, y, width, height = row["bbox"]
    sure = np.ones(len(points))
    box = np.array([x, y, x + width, y + height])
    return Instance(row["category_id"], box, 0.9, points, sure, sure)


def propose_truth(pool):
    """What a pair that is always right says about the frames."""
    content = load_coco(Path(pool.frames[0].source).parents[1] / "coco_keypoints.json")
    ids = {image["file_name"]: image["id"] for image in content["images"]}
    rows = iter(
        [
            [
                to_instance(row)
                for row in content["annotations"]
                if row["image_id"] == ids[Path(frame.source).name]
            ]
            for frame in pool.frames
        ]
    )
    proposer = SimpleNamespace(
        predict_views=lambda images, views: [[next(rows)] for _ in images], taxonomy=SURGICAL
    )
    return propose(pool.read, range(len(pool)), proposer, views=())


def write_untrained(base: str, scope: str, weights: Path) -> tuple[Path, Path]:
    config = CONFIGS / base
    with DefaultScope.overwrite_default_scope(scope):
        model = MODELS.build(load_config(config).model)
    torch.save({"state_dict": model.state_dict(), "meta": {}}, weights)
    return config, weights


@pytest.fixture
def work(draw_dataset, tmp_path):
    """``OUT/work`` of an adaptation to 60 drawn pictures, before it trains; and the source."""
    target, work = draw_dataset(name="target", seed=9, train=60), tmp_path / "work"
    detector = ("detection/rtmdet-tiny_60e_instruments-320x320.py", "mmdet")
    pose = ("pose/rtmpose-s_60e_instruments-256x256.py", "mmpose")
    pair = Models(
        *write_untrained(*detector, tmp_path / "detector.pth"),
        *write_untrained(*pose, tmp_path / "pose.pth"),
    ).write(work / "start")
    files, sources = prepared_files(work), [str(target / "train/images")]
    constant = PrecisionModel.fit({}, np.ones(98, dtype=bool))
    knowledge = SourceKnowledge({}, {"bbox_score": 0.4, "keypoint": 0.5}, constant, {})
    knowledge.write(files["knowledge"])
    look = add_statistics(propose_truth(collect_frames(sources, files["pool"])[0]), {})
    signature = PairProposer.of(pair, LABEL_FLOOR, None, False).signature()
    FirstLook(look, signature).write(files["first_look"])
    prepare(sources, work, tmp_path, pair, AdaptSettings())
    return work


@pytest.mark.slow
@pytest.mark.parametrize("config", sorted(CONFIGS.glob("adaptation/*.py")), ids=lambda p: p.stem)
def test_trains_on_labels_of_the_target_and_reports(
    config, work, draw_dataset, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("SURGTOOLS_ADAPT", str(work))
    data, run = draw_dataset(name="source", train=8, val=2), tmp_path / "run"
    arguments = ["train", str(config), "--data", str(data), "--work-dir", str(run)]
    assert main([*arguments, "--no-validate", "--cfg-options", *TWO_STEPS]) == 0
    assert f"report: {run / 'report.html'}" in capsys.readouterr().out
    assert (run / "epoch_1.pth").exists()
    facts = read_json(run / "pseudo_labels/round_001.json")["info"]["round"]
    assert sum(facts["instances"].values()) > 20 and not facts["objection"]
    assert "not shown" not in (run / "report.html").read_text()
