"""The data sets that are read are sound, whatever their size."""

import pytest

from benchmarks.data_scale import write_file
from surgtools.annotations.check import check_files


@pytest.mark.parametrize("num", [4, 5])
def test_every_annotation_has_its_picture(num, tmp_path):
    write_file(tmp_path / "a.json", num, 0)
    report = check_files([tmp_path / "a.json"], pictures=False)
    assert [problem.message for problem in report.problems] == []
