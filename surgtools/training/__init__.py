"""Training of one network: the run, whole checkpoints, and the hooks it takes along."""
