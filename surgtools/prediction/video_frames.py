"""Video to a folder of pictures, and back."""

from pathlib import Path

from surgtools.errors import InputError
from surgtools.files import natural_order
from surgtools.images import IMAGE_SUFFIXES, read_image
from surgtools.prediction.image_writer import write_image
from surgtools.prediction.media_files import is_media
from surgtools.prediction.sources import stem_of_url
from surgtools.prediction.video import VideoReader, is_address
from surgtools.prediction.video_writer import VideoWriter


def extract_frames(video: str | Path, out_dir: str | Path, stride: int = 1) -> list[Path]:
    """Write every ``stride``-th frame of a video as ``NAME_000000.jpg`` and return the paths.

    Args:
        video: a file, or an address.

    Raises:
        InputError: no video, no readable frame, or a stride below 1.
    """
    if stride < 1:
        raise InputError(f"stride {stride} given; 1 or more is expected")
    out_dir = Path(out_dir)
    stem = stem_of_url(str(video)) if is_address(str(video)) else Path(video).stem
    paths: list[Path] = []
    with VideoReader(str(video)) as reader:
        for frame_id, _, image in reader:
            if frame_id % stride == 0:
                path = out_dir / f"{stem}_{frame_id:06d}.jpg"
                write_image(path, image)
                paths.append(path)
    if not paths:
        raise InputError(f"{video}: not one frame can be decoded; copy or re-encode it")
    return paths


def frames_to_video(folder: str | Path, out: str | Path, fps: float = 25.0) -> int:
    """Join the pictures of a folder, in order of their names, to an H.264 mp4.

    Returns:
        The number of frames.

    Raises:
        InputError: no picture in the folder, one that cannot be read, or fps that is not > 0.
    """
    folder, out = Path(folder), Path(out)
    if not fps > 0:
        raise InputError(f"fps {fps} given; more than 0 is expected")
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of the frames")

    def complain(path: Path, why: str) -> None:
        raise InputError(f"{path}: {why}")

    found = (p for p in sorted(folder.iterdir()) if is_media(p, complain))
    paths = sorted((p for p in found if p.suffix.lower() in IMAGE_SUFFIXES), key=natural_order)
    if not paths:
        raise InputError(f"{folder}: holds no pictures; give the folder of the frames")
    with VideoWriter(out, fps) as writer:
        try:
            for path in paths:
                writer.write(read_image(path))
        except KeyboardInterrupt:
            writer.discard()  # which would else keep the beginning, as of a webcam
            raise
    return len(paths)
