import errno
import io
import json

import jsonschema
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.predictions_file import JsonListFile, PredictionsFile
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.sources import InputProblem
from surgtools.schemas import load_schema


def frame(number: int) -> FrameResult:
    ones = np.ones(5)
    instance = Instance(1, np.array([0, 0, 9, 9.0]), 0.5, np.zeros((5, 2)), ones, ones)
    return FrameResult("a.jpg", "image", 10, 10, [instance] * number, image_id=number + 1)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_file_fits_the_schema_whatever_its_length(tmp_path, count):
    file = PredictionsFile(tmp_path / "p.json", {"det_model": "a"}, {"bbox_thr": 0.3})
    for number in range(count):
        file.write(frame(number))
    file.close([InputProblem("b.jpg", "empty", bad_frames=2)], complete=False)
    content = json.loads((tmp_path / "p.json").read_text())
    jsonschema.validate(content, load_schema("predictions"))
    assert len(content["instance_info"]) == count
    assert content["summary"] == {
        "complete": False,
        "frames": count,
        "instances": sum(range(count)),
        "problems": [{"source": "b.jpg", "message": "empty", "bad_frames": 2}],
    }


def test_discarded_file_leaves_what_was_there(tmp_path):
    (tmp_path / "p.json").write_text("old")
    file = PredictionsFile(tmp_path / "p.json", {}, {})
    file.write(frame(1))
    file.discard()
    assert [p.name for p in tmp_path.iterdir()] == ["p.json"]
    assert (tmp_path / "p.json").read_text() == "old"


def test_numbers_that_are_none_are_refused(tmp_path):
    file = JsonListFile(tmp_path / "p.json")
    with pytest.raises(ValueError, match="JSON compliant"):
        file.append(float("nan"))
    file.discard()


def test_what_a_full_disk_does_not_take_at_the_end_is_an_input_error(tmp_path):
    file = JsonListFile(tmp_path / "p.json")
    file._file = Full()
    file.append(1)
    with pytest.raises(InputError, match=r"p\.json: cannot be written \(No space left"):
        file.close()
    file.discard()
    assert list(tmp_path.iterdir()) == []


class Full(io.StringIO):
    """Takes text into its buffer and cannot bring it to the disk."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")
