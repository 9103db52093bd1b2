"""Guards: they decide whether labels may teach and whether an adapted network may stay."""
