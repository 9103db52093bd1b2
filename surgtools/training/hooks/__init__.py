"""Hooks that any training of ours may name in its config."""
