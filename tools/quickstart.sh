#!/usr/bin/env bash
# From nothing to annotated pictures: shows what the shipped models find in sample pictures, then
# renders instruments, trains a detector and a pose model on them, scores both, and adapts them.
#   bash tools/quickstart.sh [--images DIR] [--out DIR] [--full]
#     --images DIR   also annotate the pictures in DIR, and adapt to them
#     --out DIR      where everything goes (default outputs/quickstart)
#     --full         render and train more: more than an hour on 2 slow cores
# The first page is there within two minutes of the environment, and the whole takes about 20, since
# what is rendered and trained is sized to the machine. Run it again to go on after an interruption;
# steps that are done are reused. What it runs is written in tools/quickstart/story.py.
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { echo "quickstart: $*" >&2; exit 2; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$called_from/$1" ;; esac; }

images="" out=$PWD/outputs/quickstart full=()
while [ $# -gt 0 ]; do
    case $1 in
        --images | --out)
            [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 wants a folder"
            if [ "$1" = --out ]; then out=$(absolute "$2"); else images=$(absolute "$2"); fi
            shift 2
            ;;
        --full)
            full=(--full)
            shift
            ;;
        -h | --help)
            sed -n '2,10s/^# \{0,1\}//p' tools/quickstart.sh
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

echo "[1] Environment (5 minutes the first time, seconds after that)"
began=$SECONDS
python=$(bash tools/env.sh)
# Threads that wait must sleep: spinning ones slow a shared machine down tenfold.
OMP_NUM_THREADS=${OMP_NUM_THREADS:-$("$python" tools/cores.py)}
export OMP_NUM_THREADS
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} PYTHONUNBUFFERED=1 MPLBACKEND=Agg
exec "$python" -m tools.quickstart --out "$out" --images "$images" --spent $((SECONDS - began)) \
    ${full[@]+"${full[@]}"}
