"""Scoring: from COCO ground truth and COCO results to numbers that can be believed.

``evaluator.evaluate`` is plain numpy and pycocotools and scores anyone's results; the registered
metrics bring the networks' answers to it.
"""
