#!/usr/bin/env bash
# From nothing to annotated pictures: renders instruments, trains a detector and a pose model on
# them, scores both, and annotates rendered pictures, a rendered video and, when given, your own.
#   bash tools/quickstart.sh [--images DIR] [--out DIR]
#     --images DIR   also annotate the pictures in DIR
#     --out DIR      where everything goes (default outputs/quickstart)
# More than an hour on 2 slow cores. Run it again to go on after an interruption; steps that are done
# are reused while their settings are the same. What it runs is written in tools/quickstart/story.py.
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { echo "quickstart: $*" >&2; exit 2; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$called_from/$1" ;; esac; }

images="" out=$PWD/outputs/quickstart
while [ $# -gt 0 ]; do
    case $1 in
        --images | --out)
            [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 wants a folder"
            if [ "$1" = --out ]; then out=$(absolute "$2"); else images=$(absolute "$2"); fi
            shift 2
            ;;
        -h | --help)
            sed -n '2,8s/^# \{0,1\}//p' tools/quickstart.sh
            exit 0
            ;;
        *) fail "unknown argument $1; see bash tools/quickstart.sh --help" ;;
    esac
done
if [ -n "$images" ]; then
    [ -d "$images" ] || fail "--images $images: no such folder"
    found=$(find -L "$images" -type f -iregex '.*\.\(jpe?g\|png\|bmp\|tiff?\|webp\)' -print -quit)
    [ -n "$found" ] ||
        fail "--images $images: no pictures in it; jpg, png, bmp, tif and webp are read"
fi
mkdir -p "$out" 2>/dev/null && [ -w "$out" ] ||
    fail "--out $out: cannot be written; choose another folder"

echo "[1] Environment"
began=$SECONDS
python=$(bash tools/env.sh)
# Threads that wait must sleep: spinning ones slow a shared machine down tenfold.
OMP_NUM_THREADS=${OMP_NUM_THREADS:-$("$python" tools/cores.py)}
export OMP_NUM_THREADS
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} PYTHONUNBUFFERED=1 MPLBACKEND=Agg
exec "$python" -m tools.quickstart --out "$out" --images "$images" --spent $((SECONDS - began))
