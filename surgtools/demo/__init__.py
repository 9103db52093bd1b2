"""A local page to try the models on, see ``surgtools.cli.demo``."""
