"""The quickstart: a chain of ordinary surgtools commands, see ``story``."""
