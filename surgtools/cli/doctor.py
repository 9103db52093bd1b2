"""``surgtools doctor``: check the installation and say how to mend it."""

import argparse
import contextlib
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import asdict

EPILOG = "Exit code 0 when everything works, 1 when something has to be mended."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    from surgtools.doctor import checks_here

    findings = []
    with _hosts_silent():
        for check in checks_here():
            findings.append(check.run())
            if not args.json:
                _show(findings[-1])
    faults = [finding for finding in findings if not finding.ok]
    if args.json:
        print(json.dumps({"ok": not faults, "checks": [asdict(f) for f in findings]}, indent=1))
    elif faults:
        print(f"\n{len(faults)} of {len(findings)} checks failed. To mend:")
        for mend in dict.fromkeys(finding.mend for finding in faults):
            print(f"  {mend}")
    else:
        print(f"\nAll {len(findings)} checks passed.")
    return 1 if faults else 0


@contextlib.contextmanager
def _hosts_silent() -> Iterator[None]:
    """What the hosts warn of while they are imported is no finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def _show(finding) -> None:
    print(f"{'ok   ' if finding.ok else 'FAULT'}  {finding.name:<22} {finding.found}", flush=True)
