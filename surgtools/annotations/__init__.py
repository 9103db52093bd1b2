"""COCO keypoint files as plain data: load, check, build, merge, split, convert. No torch."""
