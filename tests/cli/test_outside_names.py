"""Names that lead out of a data set are trusted only on request."""

import argparse

from surgtools.cli.outside_names import add_allow_outside


def test_names_are_not_trusted_unless_asked():
    parser = argparse.ArgumentParser()
    add_allow_outside(parser)
    assert parser.parse_args([]).allow_outside is False
    assert parser.parse_args(["--allow-outside"]).allow_outside is True
