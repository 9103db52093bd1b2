"""Pictures to try the models on, rendered by the generator of this package."""

from pathlib import Path

SAMPLES = Path(__file__).parent


def pictures() -> list[Path]:
    """The pictures, in the order of their names."""
    return sorted(SAMPLES.glob("*.jpg"))
