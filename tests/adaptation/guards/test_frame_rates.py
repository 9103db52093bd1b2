"""Rates of frames are counted by hand."""

from surgtools.adaptation.guards.frame_rates import frame_rates


def row(image, category, box, score=0.9):
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


def test_rates_of_frames():
    content = {
        "images": [{"id": number} for number in range(1, 6)],
        "annotations": [row(n, 1, [0, 0, 10, 10]) for n in (1, 2, 3, 4)],
    }
    found = [
        row(1, 1, [0, 0, 10, 9], score=0.1) | {"bbox_score": 0.9},  # found; keypoints unsure
        row(1, 1, [50, 50, 5, 5]),  # and something made up beside it
        row(2, 2, [0, 0, 10, 10]),  # at the right place, of the wrong category
        row(3, 1, [0, 0, 10, 10], score=0.2),  # not reported
        row(5, 2, [0, 0, 10, 10]),  # on an empty frame
    ]
    # frame 1 of 1, 2, 3, 4 is covered; frames 1 and 5 of all five hold something made up
    assert frame_rates(content, found) == {"coverage": 0.25, "hallucinated": 0.4}
    nothing = {"images": [], "annotations": []}
    assert frame_rates(nothing, []) == {"coverage": None, "hallucinated": None}
