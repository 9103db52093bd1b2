"""Adaptation to unlabelled pictures: frames, labels, guards, and the run that joins them."""
