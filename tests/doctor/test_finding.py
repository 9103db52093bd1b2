"""A check answers in words, whatever the library under test does."""

import pytest

from surgtools.doctor.finding import Check, Fault, Finding, at_least, version_of


def failing(error: Exception):
    def probe() -> str:
        raise error

    return probe


def test_working_probe_needs_no_mending():
    assert Check("a", lambda: "1.0", "mend a").run() == Finding("a", True, "1.0", "")


@pytest.mark.parametrize(
    "error", [ImportError("libGL.so.1"), OSError("libGL.so.1"), RuntimeError("libGL.so.1")]
)
def test_any_failure_of_a_library_is_a_fault_with_the_usual_mend(error):
    finding = Check("a", failing(error), "mend a").run()
    assert not finding.ok
    assert finding.mend == "mend a"
    assert finding.found == f"{type(error).__name__}: libGL.so.1"


def test_fault_may_bring_its_own_mend():
    finding = Check("a", failing(Fault("two copies", "remove one")), "mend a").run()
    assert (finding.found, finding.mend) == ("two copies", "remove one")


def test_message_stays_on_one_line():
    assert Check("a", failing(ValueError("x\n  y")), "m").run().found == "ValueError: x y"


@pytest.mark.parametrize(
    ("version", "minimum", "expected"),
    [
        ("2.14.1+cu130", (2, 6), True),
        ("2.6.0", (2, 6), True),
        ("2.5.1", (2, 6), False),
        ("2.3.0rc1", (2, 3), True),
        ("3.0", (2, 6), True),
    ],
)
def test_versions_compare_as_numbers(version, minimum, expected):
    assert at_least(version, minimum) is expected


def test_missing_distribution_is_named():
    with pytest.raises(Fault, match="surgtools-no-such-thing is not installed"):
        version_of("surgtools-no-such-thing")
