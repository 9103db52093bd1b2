import numpy as np

from benchmarks.picture_memory import make_pictures, to_markdown
from surgtools.images import read_image


def test_pictures_have_the_size_and_number_asked_for(tmp_path):
    folder = make_pictures(tmp_path / "48x32", 6, (48, 32), None)
    images = [read_image(path) for path in sorted(folder.iterdir())]
    assert [image.shape for image in images] == [(32, 48, 3)] * 6
    assert (images[0] == images[4]).all()  # four different ones, in turn
    assert np.abs(images[0].astype(int) - images[1]).max() > 10


def test_the_table_has_a_line_for_every_run():
    row = {"code": "/x/before", "count": 3, "size": "4x2", "instances": 1, "seconds": 9.6}
    assert to_markdown([row | {"peak_mib": 1234.5}])[-1] == "| before | 3 of 4x2 | 1 | 10 | 1234 |"
