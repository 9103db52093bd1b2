"""Pictures and a clip to try the models on, rendered by the generator of this package."""

from pathlib import Path

SAMPLES = Path(__file__).parent


def pictures() -> list[Path]:
    """The pictures, in the order of their names."""
    return sorted(SAMPLES.glob("*.jpg"))


def clip() -> Path:
    """The clip, two seconds of H.264: a camera moves over a rendered picture."""
    return SAMPLES / "clip.mp4"
