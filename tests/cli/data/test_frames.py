"""``data frames`` and back."""


def test_video_to_frames(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=4) / "train/images"
    assert data("video", folder, "--out", tmp_path / "clip.mp4", "--fps", 5)[0] == 0
    code, text, _ = data(
        "frames", tmp_path / "clip.mp4", "--out-dir", tmp_path / "f", "--stride", 2
    )
    assert code == 0 and "2 frames" in text
    assert sorted(p.name for p in (tmp_path / "f").glob("*.jpg")) == [
        "clip_000000.jpg",
        "clip_000002.jpg",
    ]


def test_no_video_is_one_line(data, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    code, _, err = data("frames", tmp_path / "a.mp4", "--out-dir", tmp_path / "f")
    assert code == 2 and len(err.strip().splitlines()) == 1
