"""``data video``: pictures to a video."""


def test_number_of_frames_is_said(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3) / "train/images"
    code, text, _ = data("video", folder, "--out", tmp_path / "clip.mp4")
    assert code == 0 and "3 frames" in text
    assert (tmp_path / "clip.mp4").stat().st_size > 500


def test_empty_folder_is_one_line(data, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = data("video", tmp_path / "empty", "--out", tmp_path / "clip.mp4")
    assert code == 2 and "holds no pictures" in err
    assert not (tmp_path / "clip.mp4").exists()
