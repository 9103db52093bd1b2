"""Networks through the host's test loop."""

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from mmengine.config import Config  # noqa: E402
from mmengine.registry import MODELS, init_default_scope  # noqa: E402

import surgtools.register  # noqa: E402, F401
from surgtools.errors import InputError  # noqa: E402
from surgtools.evaluation.pictures import open_pictures  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.hosts.work_dirs import DETECTOR, ONE_STAGE, POSE  # noqa: E402
from surgtools.training.test_loop import Network, RunOptions, run_network  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
POSE_FILE = CONFIGS / "pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR_FILE = CONFIGS / "detection/rtmdet-tiny_60e_instruments-320x320.py"


def network_of(config_file, folder):
    """The config in this process, with weights as built."""
    config = load_config(config_file)
    config.test_dataloader.num_workers = 0
    config.test_dataloader.persistent_workers = False
    init_default_scope(config.default_scope)
    torch.manual_seed(0)
    path = folder / "weights.pth"
    torch.save({"state_dict": MODELS.build(config.model).state_dict()}, path)
    return Network(config, path)


def test_the_kind_is_read_from_metric_and_dataset(tmp_path):
    def kind(evaluator, dataset="InstrumentDetDataset"):
        loader = dict(dataset=dict(type=dataset))
        config = Config(dict(test_evaluator=evaluator, test_dataloader=loader))
        return Network(config, tmp_path / "w.pth").kind

    assert kind(dict(type="InstrumentBoxMetric")) == DETECTOR
    assert kind(dict(type="InstrumentMetric"), "InstrumentDataset") == POSE
    assert kind([dict(type="InstrumentMetric")]) == ONE_STAGE
    with pytest.raises(InputError, match="test_evaluator is .'CocoMetric'"):
        kind(dict(type="CocoMetric"))


def test_boxes_of_every_category_reach_the_pose_network(tmp_path, drawn_dataset):
    # The host's loader of detector boxes keeps category 1 only.
    network, pictures = network_of(POSE_FILE, tmp_path), open_pictures(drawn_dataset)
    boxes = [
        {"image_id": 1, "category_id": c, "bbox": [10, 10, 50, 90], "score": s}
        for c, s in ((1, 0.9), (2, 0.8), (2, 0.7))
    ]
    rows = run_network(network, pictures, boxes=boxes)
    detected = [(r["category_id"], round(r["bbox_score"] ** 2 / r["presence"], 3)) for r in rows]
    assert sorted(detected) == [(1, 0.9), (2, 0.7), (2, 0.8)]
    assert all(len(row["keypoints"]) == 15 for row in rows)
    assert all(row["bbox"] == pytest.approx([10, 10, 50, 90]) for row in rows)


def test_ground_truth_boxes_answer_every_instance_and_report_progress(tmp_path, draw_dataset):
    network, pictures = network_of(POSE_FILE, tmp_path), open_pictures(draw_dataset(val=2))
    seen = []
    rows = run_network(network, pictures, RunOptions(progress=lambda *at: seen.append(at)))
    truth = json.loads(pictures.ann_file.read_text())["annotations"]
    assert len(rows) == len(truth) == 4
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_no_boxes_give_no_results_without_running(tmp_path, drawn_dataset):
    network = Network(load_config(POSE_FILE), tmp_path / "absent.pth")
    assert run_network(network, open_pictures(drawn_dataset), boxes=[]) == []


def test_weights_of_another_network_are_refused(tmp_path, drawn_dataset):
    (tmp_path / "other").mkdir()
    other = network_of(DETECTOR_FILE, tmp_path / "other")
    network = Network(network_of(POSE_FILE, tmp_path).config, other.checkpoint)
    with pytest.raises(InputError, match="belongs to another model"):
        run_network(network, open_pictures(drawn_dataset))


def test_a_config_that_makes_no_network_is_one_line(tmp_path, drawn_dataset):
    network = network_of(POSE_FILE, tmp_path)
    network.config.model.type = "NoSuchEstimator"
    with pytest.raises(InputError, match="cannot be built .*NoSuchEstimator"):
        run_network(network, open_pictures(drawn_dataset))
