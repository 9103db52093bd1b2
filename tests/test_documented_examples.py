"""Messages, files and code that the pages show are those of the program."""

import ast
import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from surgtools.annotations.coco import load_coco
from surgtools.schemas import load_schema

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def code_blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def texts_of_the_program() -> list[str]:
    """Every string of the package and the generator; a blank stands for what is filled in."""
    found = []
    for folder in ("surgtools", "data_gen"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [v.value if isinstance(v, ast.Constant) else " " for v in node.values]
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return found


MESSAGES = [
    (first or second).strip()
    for first, second in re.findall(
        r"^### (?:``(.*)``|`(.*)`)$", (DOCS / "faq.md").read_text(), flags=re.MULTILINE
    )
]


@pytest.fixture(scope="module")
def texts():
    return texts_of_the_program()


def test_there_are_messages_to_check():
    assert len(MESSAGES) >= 20


@pytest.mark.parametrize("message", MESSAGES)
def test_message_of_the_questions_is_one_of_the_program(message, texts):
    pieces = [piece.strip() for piece in message.split("...") if piece.strip(" ,;()")]
    pattern = ".*?".join(map(re.escape, pieces))
    assert any(re.search(pattern, text, flags=re.DOTALL) for text in texts), message


def json_examples() -> list[dict]:
    return [json.loads(block) for block in code_blocks("reference/file_formats.md", "json")]


def test_example_of_predictions_keeps_the_schema():
    (example,) = [e for e in json_examples() if "summary" in e]
    schema = jsonschema.Draft202012Validator(load_schema("predictions"))
    assert not list(schema.iter_errors(example))


def test_example_of_labels_is_a_file_that_training_reads(tmp_path):
    (example,) = [e for e in json_examples() if "annotations" in e]
    file = tmp_path / "coco_keypoints.json"
    file.write_text(json.dumps(example))
    assert load_coco(file)["annotations"][0]["num_keypoints"] == 4


def test_example_of_boxes_is_read(tmp_path):
    from surgtools.prediction.box_file import load_boxes

    (example,) = [e for e in json_examples() if set(e) == {"instance_info"}]
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps(example))
    boxes = load_boxes(file).boxes["a.jpg"][None]
    assert boxes.xyxy.tolist() == [[10, 20, 200, 320]]


def test_split_of_the_guide_keeps_videos_whole_after_cvat(tmp_path):
    from surgtools.annotations.coco import CocoBuilder
    from surgtools.annotations.convert import Options, convert
    from surgtools.annotations.grouping import GroupBy, build_grouper

    (pattern,) = re.findall(
        r'--group-pattern "(.*)"', "".join(code_blocks("guides/label_and_correct.md", "bash"))
    )
    builder = CocoBuilder()
    for name in ("video000_000012.jpg", "video000_1000400.jpg", "video001_000012.jpg", "a.jpg"):
        builder.add_image(name, 8, 8, video_id=name[:8], frame_id=12)
    (tmp_path / "a.json").write_text(json.dumps(builder.to_dict()))
    convert(tmp_path / "a.json", tmp_path / "a.xml", "coco", "cvat-images", Options())
    convert(tmp_path / "a.xml", tmp_path / "back.json", "cvat-images", "coco", Options())
    images = load_coco(tmp_path / "back.json")["images"]
    group = build_grouper(GroupBy(pattern=pattern))
    assert [group(image) for image in images] == ["video000", "video000", "video001", "a"]


def test_augmentation_of_the_guide_runs():
    pytest.importorskip("mmcv")
    from mmengine.registry import TRANSFORMS

    scope: dict = {}
    exec(code_blocks("extend/add_an_augmentation.md", "python")[0], scope)
    TRANSFORMS.module_dict.pop("RandomSmoke")
    dark = np.zeros((8, 8, 3), np.uint8)
    assert scope["RandomSmoke"](prob=1.0)({"img": dark})["img"].max() > 0
    np.testing.assert_array_equal(scope["RandomSmoke"](prob=0.0)({"img": dark})["img"], dark)


def test_config_of_the_guide_inserts_the_augmentation(tmp_path):
    pytest.importorskip("mmengine")
    from surgtools.hosts.config_files import load_config

    _, config = code_blocks("extend/add_an_augmentation.md", "python")
    config = config.replace(', "random_smoke"', "")
    (tmp_path / "smoke_pose.py").write_text(config)
    loaded = load_config(tmp_path / "smoke_pose.py")
    steps = [step["type"] for step in loaded.train_dataloader.dataset.pipeline]
    assert steps[-3:] == ["RandomSmoke", "GenerateTarget", "PackPoseInputs"]


def test_selection_rule_of_the_guide_gives_the_numbers_it_names():
    scope: dict = {}
    exec(code_blocks("extend/add_a_selection_rule.md", "python")[0], scope)
    rule = scope["outside_box"]
    inside = np.full((5, 2), 5.0)
    one_out = inside.copy()
    one_out[3] = (20, 5)
    nothing = np.full((5, 2), np.nan)
    boxes = np.tile([0.0, 0, 10, 10], (3, 1))
    np.testing.assert_allclose(rule(np.stack([inside, one_out, nothing]), boxes), [0, 0.2, np.nan])
    assert rule(np.zeros((0, 5, 2)), np.zeros((0, 4))).shape == (0,)


def test_taxonomies_of_the_guides_are_some(tmp_path):
    from surgtools.taxonomy.files import read_taxonomy

    (block,) = [b for b in code_blocks("guides/your_own_instruments.md", "yaml") if "swaps" in b]
    file = tmp_path / "taxonomy.yaml"
    file.write_text(f"name: mine\n{block}")
    assert read_taxonomy(file).num_slots == 5
    blocks = code_blocks("extend/add_an_instrument.md", "yaml")
    (entry,) = [b for b in blocks if "id: 3" in b]
    shipped = read_taxonomy(DOCS / "extend/scissors/taxonomy.yaml")
    file.write_text(f"name: mine\ncategories:\n{entry}")
    assert read_taxonomy(file).get("scissors") == shipped.get("scissors")
    (model,) = [b for b in blocks if "shape:" in b]
    assert model in (DOCS / "extend/scissors/scissors.yaml").read_text()


def test_docstrings_open_with_a_sentence():
    bad = []
    for folder in ("surgtools", "data_gen", "benchmarks", "tools"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Module | ast.ClassDef):
                    opening = (ast.get_docstring(node) or "").split("\n", 1)[0]
                    if re.match(r"(Attributes|Args|Shapes|Returns|Raises):", opening):
                        bad.append(f"{file.relative_to(ROOT)}: {opening}")
    assert not bad, bad
