"""Gestures: what instruments do over time, learnt from ``predictions.json`` and a label file."""
