"""The page: a picture, a clip or the webcam goes in, a drawing and a table come out."""

from pathlib import Path
from typing import Any

from surgtools import samples
from surgtools.demo.finder import COLUMNS, MAX_BYTES, MAX_FRAMES, Finder, Found
from surgtools.errors import InputError
from surgtools.evaluation.settings import KEYPOINT_THR, SCORE_THR

TITLE = "surgtools: instruments and their keypoints"
FORGET_S = 600
"""Age at which what was uploaded and shown is removed."""


def build_page(finder: Finder, models: list[str]):
    """The Gradio page.

    Args:
        finder: does the work.
        models: names to choose from, the first at first.

    Returns:
        A ``gradio.Blocks``, which is not started yet.

    Raises:
        InputError: gradio is not installed.
    """
    gr = import_gradio()

    def find(path: str | None, name: str, bbox_thr: float, kpt_thr: float) -> list[Any]:
        if not path:
            raise gr.Error("Give a picture or a clip first.", print_exception=False)
        try:
            found = finder(path, name, bbox_thr, kpt_thr)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return shown(gr, found)

    with gr.Blocks(title=TITLE, delete_cache=(60, FORGET_S), analytics_enabled=False) as page:
        gr.Markdown(f"# {TITLE}\nEverything stays on this machine. Not for clinical use.")
        with gr.Row():
            with gr.Column():
                with gr.Tab("Picture"):
                    picture = gr.Image(
                        type="filepath",
                        sources=["upload", "webcam", "clipboard"],
                        label="Picture or webcam",
                    )
                    find_picture = gr.Button("Find in the picture", variant="primary")
                    files = [str(path) for path in samples.pictures()]
                    gr.Examples(files, picture, label="Samples", cache_examples=False)
                with gr.Tab("Clip"):
                    clip = gr.Video(sources=["upload", "webcam"], label="Clip or webcam")
                    find_clip = gr.Button("Find in the clip", variant="primary")
                    gr.Markdown(f"At most {MAX_FRAMES} frames and {MAX_BYTES >> 20} MB.")
                    files = [str(samples.clip())]
                    gr.Examples(files, clip, label="Samples", cache_examples=False)
                name = gr.Dropdown(models, value=models[0], label="Models")
                bbox_thr = gr.Slider(0, 1, SCORE_THR, label="Lowest score of an instrument")
                kpt_thr = gr.Slider(0, 1, KEYPOINT_THR, label="Lowest score of a drawn keypoint")
            with gr.Column():
                summary = gr.Markdown()
                drawing = gr.Image(label="Found", visible=False, type="filepath")
                video = gr.Video(label="Found", visible=False)
                table = gr.Dataframe(headers=list(COLUMNS), label="Keypoints", interactive=False)
                file = gr.File(label="predictions.json", visible=False)
        results = [summary, drawing, video, table, file]
        settings = [name, bbox_thr, kpt_thr]
        find_picture.click(find, [picture, *settings], results)
        find_clip.click(find, [clip, *settings], results)
    return page


def shown(gr: Any, found: Found) -> list[Any]:
    """Values of summary, drawing, video, table and file."""
    path = str(found.drawing)
    return [
        found.summary,
        gr.update(value=None if found.is_video else path, visible=not found.is_video),
        gr.update(value=path if found.is_video else None, visible=found.is_video),
        found.rows,
        gr.update(value=str(found.predictions), visible=True),
    ]


def start(page: Any, folder: Path, port: int | None, block: bool = True) -> str:
    """Serve the page on 127.0.0.1 and return its address; with ``block`` until Ctrl-C.

    Args:
        folder: of the results, from which the page may read.
        port: None takes a free one from 7860 on.
    """
    _, address, _ = page.launch(
        server_name="127.0.0.1",
        server_port=port,
        share=False,
        max_file_size=MAX_BYTES,
        allowed_paths=[str(folder), str(samples.SAMPLES)],
        quiet=True,
        prevent_thread_lock=not block,
        enable_monitoring=False,
    )
    return address


def import_gradio() -> Any:
    """The package gradio.

    Raises:
        InputError: it is not installed.
    """
    try:
        import gradio
    except ImportError as error:
        raise InputError(
            "the page needs the package gradio; `pip install '.[demo]'` in the folder of the "
            "checkout brings it"
        ) from error
    return gradio
