"""Pseudo-labels: what the teacher proposes, and which proposals are trusted."""
