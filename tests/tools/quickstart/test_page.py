"""The page shows what is there and links to nothing that is not."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from surgtools.files import write_json
from tools.quickstart.page import NUM_SHOWN, gallery, read_scores, write_page


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for name in ("predicted/samples/a b#1.jpg", "predicted/rendered/images/c.png", "data/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    summary = {"box_AP": 0.5, "keypoint_AP": None}
    write_json(tmp_path / "metrics/metrics.json", {"summary": summary})
    return tmp_path


def links(page: Path) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]+)"', page.read_text())


def test_every_link_leads_to_a_file_in_the_folder(out):
    found = links(write_page(out, {"Render": 60.0, "Train": 120.0}))
    assert len(found) == 7  # two pictures and their links, three files
    for link in found:
        assert not link.startswith(("/", "http", "file:"))
        assert (out / unquote(link)).exists(), link


def test_scores_and_minutes_are_shown(out):
    text = write_page(out, {"Render": 60.0, "Train": 120.0}).read_text()
    assert "3.0 minutes" in text
    assert re.search(r"box AP</td><td class=\"number\">0\.500", text)
    assert "not defined" in text


def test_the_page_counts_the_cores_that_could_be_used(out, monkeypatch):
    monkeypatch.setattr("tools.quickstart.page.available_cores", lambda: 3)
    assert " on 3 cores, " in write_page(out, {}).read_text()


def test_empty_folder_is_a_page_without_galleries(tmp_path):
    text = write_page(tmp_path, {}).read_text()
    assert "No scores yet" in text and "<img" not in text


def test_before_the_end_the_page_says_so_and_shows_what_there_is(out):
    (out / "metrics/metrics.json").unlink()
    text = write_page(out, {"Look": 9.0}, going_on=True).read_text()
    assert "still at work" in text and "No scores yet" not in text
    assert "Samples, with what the shipped models find" in text
    assert "still at work" not in write_page(out, {"Look": 9.0}).read_text()


def test_videos_stand_beside_the_pictures_of_their_folder(out):
    (out / "predicted/video").mkdir()
    (out / "predicted/video/b c.mp4").write_bytes(b"x")
    assert '<video src="predicted/video/b%20c.mp4"' in write_page(out, {}).read_text()


def test_gallery_is_spread_over_the_folder(tmp_path):
    (tmp_path / "g").mkdir()
    for i in range(50):
        (tmp_path / f"g/{i:02d}.jpg").write_bytes(b"x")
    shown = gallery(tmp_path, "g")
    assert len(shown) == NUM_SHOWN
    assert shown[:3] == ["g/00.jpg", "g/04.jpg", "g/08.jpg"]
    for i in range(23, 50):
        (tmp_path / f"g/{i:02d}.jpg").unlink()
    assert gallery(tmp_path, "g")[-1] == "g/21.jpg"


def test_missing_metrics_are_no_scores(tmp_path):
    assert read_scores(tmp_path / "metrics.json") == {}
