"""Adaptation to unlabelled pictures: selection of pseudo-labels, guards, and the training hook."""
