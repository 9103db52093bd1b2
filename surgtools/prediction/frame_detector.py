"""The detector of a run: frames in order to boxes."""

from collections.abc import Sequence

from surgtools.prediction.augmentation import FOUR_VIEWS
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.sources import Frame, Source


class FrameDetector:
    """Ask the detector about frames; one that zooms follows the instruments of a video.

    Boxes go down to the lowest score that counts in several views; which of them count for a
    frame is for the caller to say.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.floor = predictor.thresholds.floor(FOUR_VIEWS)  # the lowest there is
        self._video: Source | None = None
        self._of_video = predictor.video_detector()

    def __call__(self, frames: Sequence[Frame]) -> list[Boxes]:
        """Boxes of each frame; frames of one video are expected in their order."""
        if self._of_video is None or not all(frame.source.is_video for frame in frames):
            return self.predictor.detect([frame.image for frame in frames], floor=self.floor)
        found = []
        for frame in frames:
            if frame.source != self._video:
                self._video, self._of_video = frame.source, self.predictor.video_detector()
            found.append(self._of_video(frame.image, self.floor))
        return found
