"""The unlabelled frames of an adaptation: collected, split, and kept on disk."""
