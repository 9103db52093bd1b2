"""What the host libraries need, and how their configs and checkpoints are read."""
