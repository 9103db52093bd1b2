"""What the page shows, and the page itself in a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from surgtools import samples
from surgtools.demo.finder import Found
from surgtools.demo.page import import_gradio, shown
from surgtools.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
NO_LIMIT, SHOWN_MS = 0, 3_000


def test_a_picture_and_a_clip_are_shown_in_their_places():
    gr = SimpleNamespace(update=lambda **values: values)
    found = Found(Path("a.jpg"), False, Path("p.json"), [[1]], "1 instrument")
    summary, drawing, video, table, file = shown(gr, found)
    assert drawing == {"value": "a.jpg", "visible": True} and not video["visible"]
    assert (summary, table, file["value"]) == ("1 instrument", [[1]], "p.json")
    _, drawing, video, _, _ = shown(gr, Found(Path("a.mp4"), True, Path("p.json"), [], ""))
    assert video == {"value": "a.mp4", "visible": True} and not drawing["visible"]


def test_without_gradio_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(InputError, match=r"pip install '\.\[demo\]'"):
        import_gradio()


def upload(page, path: Path) -> None:
    """Give a file to the tab that is shown, and wait until the server has it and it is shown."""
    with page.expect_response(lambda response: "/upload?" in response.url):
        page.locator("[role=tabpanel]:visible input[type=file]").first.set_input_files(str(path))
    page.wait_for_timeout(SHOWN_MS)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_picture_and_a_clip_are_found_in_a_browser(tmp_path):
    pytest.importorskip("gradio", reason="gradio is not installed (the extra demo)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    shots = Path(os.environ.get("SURGTOOLS_SCREENSHOTS", tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-m", "surgtools", "demo", "--models", "fast-onnx"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        (folder,) = tmp_path.glob("surgtools-demo-*")
        with api.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1400, "height": 1300})
            page.set_default_timeout(NO_LIMIT)
            page.goto(address)
            upload(page, samples.pictures()[3])
            page.get_by_role("button", name="Find in the picture").click()
            page.get_by_text(re.compile(r"\d instruments? in the picture")).wait_for()
            with page.expect_download() as download:
                page.locator("a[download='predictions.json']").click()
            page.screenshot(path=str(shots / "demo_picture.png"), full_page=True)
            content = json.loads(Path(download.value.path()).read_text())
            assert content["instance_info"][0]["instances"]
            page.get_by_role("tab", name="Clip").click()
            upload(page, samples.clip())
            page.get_by_role("button", name="Find in the clip").click()
            page.get_by_text(re.compile(r"in \d+ frames")).wait_for()
            page.screenshot(path=str(shots / "demo_clip.png"), full_page=True)
            browser.close()
    finally:
        process.terminate()
        process.wait()
    assert not folder.exists()
