#!/usr/bin/env bash
# Makes the Python environment of surgtools when it is missing; the last line is its python.
#   SURGTOOLS_PYTHON=/path/to/python   use this interpreter, install nothing
#   an active virtual environment with mmpose in it is used as it is
#   SURGTOOLS_ENV_ROOT=DIR             where environments are kept (default ~/.cache/surgtools)
# An environment is keyed by the hash of tools/requirements, hence built once per machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
say() { echo "[env] $*" >&2; }
