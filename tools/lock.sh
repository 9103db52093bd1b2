#!/usr/bin/env bash
# Writes tools/requirements/lock.txt anew: every package, its version and the hashes of its files.
#   bash tools/lock.sh             keep the locked versions where the lists still allow them
#   bash tools/lock.sh --upgrade   take the newest that the lists allow
# Needs uv (pip install uv). The lists say what is wanted, the lock what is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/requirements"
command -v uv >/dev/null || {
    echo "uv is missing; pip install uv, best in an environment of its own" >&2
    exit 2
}

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
cat >"$scratch/pyproject.toml" <<'TOML'
[project]
name = "lock"
version = "0"
requires-python = ">=3.11,<3.12"
[tool.uv]
environments = ["python_full_version < '3.12'"]
TOML
cp ./*.txt "$scratch"

lock() { # lock UV-ARGUMENTS...: what every row has in common, the Python version, is left out
    local common="python_full_version < '3.12'"
    (cd "$scratch" && uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --output-file own.txt "$@" >/dev/null &&
        sed -E "s/ ; $common and / ; /; s/ (;|and) $common//" own.txt && rm own.txt)
}

touch "$scratch/lock.txt"
cp "$scratch/lock.txt" "$scratch/own.txt"
{
    echo "# Written by tools/lock.sh; do not edit."
    lock runtime.txt generator.txt dev.txt "$@"
    lock no_deps.txt --no-deps "$@"
} >"$scratch/new.txt"
mv "$scratch/new.txt" lock.txt
