"""The benchmark's table, by hand-computed numbers."""

from data_gen.benchmark import report_lines


def test_speeds_are_compared_with_the_plain_loop_and_with_one_worker():
    row = {"frames": 16, "memory_mb": 600.0}
    report = {
        "resolution": [960, 544],
        "cores": 4,
        "plain": {"samples": 96, "seconds_per_image": 18.0},
        "ours": [
            {"workers": 1, "seconds_per_image": 6.0, **row},
            {"workers": 4, "seconds_per_image": 1.8, **row},
        ],
        "growth": [],
    }
    lines = report_lines(report)
    assert lines[1] == "plain loop, 96 samples: 18.00 s/image"
    # 18 / 6 = 3; one worker is the yardstick
    assert "6.00 s/image, 3.0x plain, 1.00 of linear" in lines[2]
    # 18 / 1.8 = 10; 6 / 1.8 / 4 = 0.83; 1.8 s * 10,000 / 3600 = 5 h
    assert "1.80 s/image, 10.0x plain, 0.83 of linear, 600 MB a worker" in lines[3]
    assert lines[3].endswith("10,000 images in 5.0 h")
