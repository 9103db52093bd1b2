"""Find what is wrong with COCO keypoint files, and mend what can be mended safely."""

from surgtools.annotations.check.checker import Report, check_files, find_problems
from surgtools.annotations.check.problems import KINDS, LEVELS, Problem
from surgtools.annotations.check.repair import repair

__all__ = ["KINDS", "LEVELS", "Problem", "Report", "check_files", "find_problems", "repair"]
