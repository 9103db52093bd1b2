#!/usr/bin/env bash
# Makes the environment when it is missing, then runs ruff and the tests.
#   bash tools/run_tests.sh [--slow] [PYTEST-ARGUMENTS...]
# Without --slow the tests marked slow are left out. The last line is pytest's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

slow=no
arguments=()
for argument in "$@"; do
    case $argument in
        --slow) slow=yes ;;
        -h | --help)
            sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        *) arguments+=("$argument") ;;
    esac
done
[ "$slow" = yes ] || arguments=(-m "not slow" ${arguments[@]+"${arguments[@]}"})

python=$(bash tools/env.sh)
# One thread per worker: repeatable sums, and workers that do not fight for the cores.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 CUBLAS_WORKSPACE_CONFIG=:4096:8
export OMP_WAIT_POLICY=passive PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 MPLBACKEND=Agg

"$python" -m ruff check .
"$python" -m ruff format --check .
workers=$("$python" tools/cores.py)
[ "$workers" -le 4 ] || workers=4
if [ "$workers" -gt 1 ] && "$python" -c 'import xdist' 2>/dev/null; then
    # A file stays on one worker, so that its fixtures are made once.
    arguments=(-n "$workers" --dist loadfile "${arguments[@]}")
fi
exec "$python" -m pytest "${arguments[@]}"
