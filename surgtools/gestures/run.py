"""Train a network of gestures, test it, and write what it says."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_json, write_whole
from surgtools.gestures.checkpoint import GestureModel, GestureSettings, save_gesture_model
from surgtools.gestures.detector_noise import with_detector_noise
from surgtools.gestures.features import to_features
from surgtools.gestures.fitting import fit_network
from surgtools.gestures.labels import NO_GESTURE, LabelFile, frame_labels, labelled_videos
from surgtools.gestures.metrics import runs_of, score_segments
from surgtools.gestures.places import choose_places
from surgtools.gestures.seen_videos import SeenVideo
from surgtools.gestures.splits import hold_out
from surgtools.moved_files import MovedFiles
from surgtools.taxonomy import Taxonomy


def train_gestures(
    videos: Sequence[SeenVideo],
    taxonomy: Taxonomy,
    labels: LabelFile,
    out_dir: Path,
    *,
    frame_rate: float = 10.0,
    epochs: int = 60,
    share: float = 0.25,
    held_out: Sequence[str] = (),
    seed: int = 0,
    noisy_copies: int = 4,
    network: dict[str, Any] | None = None,
) -> tuple[GestureModel, dict[str, Any]]:
    """Train on a part of the labelled videos and test on the others.

    Args:
        frame_rate: of the features, frames a second.
        share, held_out: see ``hold_out``.
        noisy_copies: of each video that is learnt from, see ``with_detector_noise``.
        network: further arguments of ``GestureNetwork``.

    Returns:
        The model, written to ``out_dir/gestures.pth``, and the scores of ``test_gestures``, empty
        when no video was held out.

    Raises:
        InputError: labels do not fit the videos, or show nothing to learn.
    """
    told = tell_labels(labels, videos, frame_rate)
    names = sorted({label for own in told.values() for label in own})
    if len(names) < 2:
        raise InputError(
            f"{labels.path}: has the label {names[0]} only; two are needed to tell them apart"
        )
    kept, tested = hold_out(
        {v: set(own) for v, own in told.items()}, share, seed, held_out, str(labels.path)
    )
    found = labelled_videos(labels, videos)
    places = choose_places([found[name] for name in kept], taxonomy)
    if not places:
        raise InputError(f"{labels.path}: no instrument is seen in its videos; predict again")
    settings = GestureSettings(
        taxonomy.to_dict(), places, names, frame_rate, labels.whole, network or {},
        [found[name].name for name in kept], [found[name].name for name in tested],
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    versions = [
        [
            found[name],
            *(with_detector_noise(found[name], taxonomy, rng) for _ in range(noisy_copies)),
        ]
        for name in kept
    ]
    features = [[to_features(v, places, taxonomy, frame_rate) for v in own] for own in versions]
    targets = [[names.index(label) for label in told[name]] for name in kept]
    (out_dir / "scores.json").unlink(missing_ok=True)  # of the network before
    trained, facts = fit_network(settings, features, targets, out_dir, epochs, seed, labels.path)
    model = GestureModel(settings, trained)
    save_gesture_model(out_dir / "gestures.pth", model, facts)
    scores = test_gestures(model, {n: (found[n], told[n]) for n in tested}) if tested else {}
    if scores:
        write_json(out_dir / "scores.json", scores, indent=1)
    return model, scores


def tell_labels(
    labels: LabelFile, videos: Sequence[SeenVideo], frame_rate: float
) -> dict[str, list[str]]:
    """Video, as the label file names it, to the label of each frame at the frame rate."""
    found = labelled_videos(labels, videos)
    return {name: frame_labels(labels, name, found[name], frame_rate) for name in labels.segments}


def pairs_to_test(
    model: GestureModel, labels: LabelFile, videos: Sequence[SeenVideo], also_trained: bool
) -> tuple[dict[str, tuple[SeenVideo, list[str]]], int]:
    """Labelled videos that a model can be scored on, and how many it was trained on instead.

    Raises:
        InputError: a label that was not learnt, one label for a video where the network tells
            gestures apart or the other way around, or no video is left.
    """
    own = model.settings
    if labels.whole != own.whole:
        kinds = ("times (start and end)", "one label for each video (--whole)")
        raise InputError(
            f"{labels.path}: has {kinds[labels.whole]}, the network learnt {kinds[own.whole]}; "
            "give labels of that kind"
        )
    for segments in labels.segments.values():
        for segment in segments:
            if segment.label not in own.labels:
                raise InputError(
                    f"{labels.path}: line {segment.line}: the network knows no "
                    f"{segment.label!r}; it knows {', '.join(own.labels)}"
                )
    found = labelled_videos(labels, videos)
    told = tell_labels(labels, videos, own.frame_rate)
    known = MovedFiles(own.trained_on)
    pairs = {
        name: (found[name], told[name])
        for name in told
        if also_trained or not known.find(found[name].name)
    }
    if not pairs:
        raise InputError(
            f"{labels.path}: the network was trained on all of its videos; label others, or give "
            "--all if they only have the same names"
        )
    return pairs, len(told) - len(pairs)


def test_gestures(
    model: GestureModel, pairs: dict[str, tuple[SeenVideo, list[str]]]
) -> dict[str, Any]:
    """Score a model on videos with the true label of every frame.

    Returns:
        See ``score_segments``; of whole videos ``accuracy``. ``most_frequent`` is the accuracy of
        always saying the commonest label, ``videos`` counts them.
    """
    truth, found = [], []
    for video, told in pairs.values():
        answer = model.frame_labels(video)
        truth.append(told[:1] if model.settings.whole else told)
        found.append(answer)
    commonest = Counter(label for own in truth for label in own).most_common(1)[0][1]
    chance = commonest / sum(map(len, truth))
    if model.settings.whole:
        hits = [a == b for a, b in zip(truth, found, strict=True)]
        scores = {"accuracy": float(np.mean(hits))}
    else:
        scores = score_segments(truth, found)
    return {
        **{name: round(value, 4) for name, value in scores.items()},
        "most_frequent": round(chance, 4),
        "videos": len(pairs),
    }


test_gestures.__test__ = False  # pytest takes it for a test


def find_segments(model: GestureModel, video: SeenVideo) -> list[dict[str, Any]]:
    """Gestures of a video: start and end in seconds, label, mean probability.

    None where no instrument was seen at all.
    """
    if not any(video.frames):
        return []
    odds = model.probabilities(video)
    names = [model.settings.labels[n] for n in odds.argmax(0)]
    if model.settings.whole:
        return [{"video": video.name, "label": names[0], "score": round(float(odds.max()), 3)}]
    times = [*_moment_times(video, model.settings.frame_rate), video.end]
    return [
        {
            "video": video.name,
            "start": round(float(times[start]), 3),
            "end": round(float(times[end]), 3),
            "label": label,
            "score": round(float(odds.max(0)[start:end].mean()), 3),
        }
        for label, start, end in runs_of(names)
    ]


def _moment_times(video: SeenVideo, frame_rate: float) -> np.ndarray:
    """Seconds of what ``video.moments`` takes: of its frames, so that labels read the same.

    Of the grid where one frame is taken twice: a gesture must not end where it starts.
    """
    index = video.moments(frame_rate)
    if (np.diff(index) > 0).all():
        return video.times[index]
    return video.times[0] + np.arange(len(index)) / frame_rate


def write_segments(rows: Sequence[dict[str, Any]], model: GestureModel, out_dir: Path) -> None:
    """Write ``segments.csv``, which is a label file again, and ``segments.json``."""
    times = () if model.settings.whole else ("start", "end")
    with (
        write_whole(out_dir / "segments.csv") as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.DictWriter(file, ("video", *times, "label", "score"))
        table.writeheader()
        table.writerows(rows)
    content = {"labels": [n for n in model.settings.labels if n != NO_GESTURE], "segments": rows}
    write_json(out_dir / "segments.json", content, indent=1)
