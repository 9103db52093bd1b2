#!/usr/bin/env bash
# Makes the Python environment of surgtools when it is missing; the last line is its python.
#   SURGTOOLS_PYTHON=/path/to/python   use this interpreter, install nothing
#   an active virtual environment with mmpose in it is used as it is
#   SURGTOOLS_ENV_ROOT=DIR             where environments are kept (default ~/.cache/surgtools)
#   SURGTOOLS_TORCH_INDEX=URL          take torch and torchvision from this package index
# What is installed is what tools/requirements/lock.txt names, file for file by its hash; what
# another index serves for torch is the one exception. tools/lock.sh writes that file.
# An environment is keyed by the hash of tools/requirements and the Python version, hence built
# once per machine; one that was cut off half-way has no marker and is built again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements="$here/requirements"
root=${SURGTOOLS_ENV_ROOT:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/surgtools}
wanted=3.11

say() { echo "[env] $*" >&2; }
fail() { say "$*"; exit 2; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }
has_mmpose() {
    "$1" -c 'import sys, importlib.util as u; sys.exit(u.find_spec("mmpose") is None)' 2>/dev/null
}

if [ -n "${SURGTOOLS_PYTHON:-}" ]; then
    python=$(command -v "$SURGTOOLS_PYTHON") ||
        fail "SURGTOOLS_PYTHON=$SURGTOOLS_PYTHON is no program; give the path of a python"
    has_mmpose "$python" ||
        fail "SURGTOOLS_PYTHON=$python has no mmpose; install tools/requirements or unset it"
    say "using $python (SURGTOOLS_PYTHON)"
    echo "$python"
    exit 0
fi
active=${VIRTUAL_ENV:-${CONDA_PREFIX:-}}
if [ -n "$active" ] && [ -x "$active/bin/python" ] && has_mmpose "$active/bin/python"; then
    say "using the active environment $active"
    echo "$active/bin/python"
    exit 0
fi

base=""
for candidate in "python$wanted" python3 python; do
    if [ "$(version_of "$candidate")" = "$wanted" ]; then
        base=$(command -v "$candidate")
        break
    fi
done
[ -n "$base" ] ||
    fail "Python $wanted is needed (bpy has wheels for it only); install python$wanted and its" \
        "venv module, or set SURGTOOLS_PYTHON"

key=$("$base" - "$requirements" "${SURGTOOLS_TORCH_INDEX:-}" <<'PY'
import hashlib, pathlib, platform, sys
digest = hashlib.sha256(f"{platform.machine()} {sys.version_info[:2]} {sys.argv[2]}".encode())
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.txt")):
    digest.update(path.name.encode() + path.read_bytes())
print(digest.hexdigest()[:12])
PY
)
env="$root/env-$key"
marker="$env/.complete"
if [ -f "$marker" ]; then
    say "reusing $env"
    echo "$env/bin/python"
    exit 0
fi

mkdir -p "$root" 2>/dev/null || fail "$root cannot be made; set SURGTOOLS_ENV_ROOT"
lock="$root/env-$key.lock"
{ exec 9>"$lock"; } 2>/dev/null || fail "$root cannot be written; set SURGTOOLS_ENV_ROOT"
# The lock sits on descriptor 9 of this shell, so it goes away with it, however it ends.
if ! "$base" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null; then
    say "another build of $env is running; waiting for it"
    "$base" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
fi
if [ -f "$marker" ]; then
    say "reusing $env"
    echo "$env/bin/python"
    exit 0
fi

log="$root/env-$key.log"
: >"$log"
install() { # install LABEL PIP-ARGUMENTS...
    local label=$1
    shift
    say "$label"
    "$env/bin/python" -m pip install --disable-pip-version-check --no-input "$@" 2>&1 9>&- |
        tee -a "$log" |
        { grep --line-buffered -oE '^ *(Collecting|Downloading|Installing|Building) [^ ]+.{0,60}' ||
            true; } >&2 || {
        grep -E 'ERROR|error:' "$log" | tail -n 3 >&2 || true
        fail "installing failed, see $log; check the network and the free space (8 GB), run again"
    }
}

locked_rows() { # locked_rows [-v] NAMES...: what is locked of these packages, -v of all others
    local others=""
    [ "$1" != -v ] || { others=1 && shift; }
    awk -v names="^($(IFS='|' && echo "$*"))==" -v others="$others" \
        '/^[a-z]/ { keep = ($1 ~ names) != (others != "") } keep && !/^#/' "$requirements/lock.txt"
}

started=$SECONDS
[ -e "$env" ] && say "removing an unfinished $env" && rm -rf "$env"
say "1/3 making $env with $base"
"$base" -m venv "$env" >>"$log" 2>&1 9>&- ||
    fail "$base cannot make a virtual environment; install python$wanted-venv (see $log)"
# Four packages come as source. They are built with the locked setuptools and nothing else, before
# torch is there, since mmcv would then compile operators that are not needed.
from_source="onedl-mmcv onedl-mmdetection onedl-mmpretrain progressbar"
hashed=(--no-deps --require-hashes)
locked_rows setuptools >"$root/env-$key.first.txt"
locked_rows $from_source >"$root/env-$key.source.txt"
locked_rows -v $from_source >"$root/env-$key.rest.txt"
install "2/3 building what comes as source" "${hashed[@]}" -r "$root/env-$key.first.txt"
install "    $from_source" "${hashed[@]}" --no-build-isolation -r "$root/env-$key.source.txt"
if [ -n "${SURGTOOLS_TORCH_INDEX:-}" ]; then
    mapfile -t torch < <(grep -E '^torch(vision)?==' "$requirements/runtime.txt")
    install "    torch from $SURGTOOLS_TORCH_INDEX" --index-url "$SURGTOOLS_TORCH_INDEX" "${torch[@]}"
    locked_rows -v $from_source torch torchvision triton 'nvidia-.*' 'cuda-.*' \
        >"$root/env-$key.rest.txt"
fi
install "3/3 installing the runtime, the generator and the test tools (about 8 GB, minutes)" \
    "${hashed[@]}" --only-binary :all: -r "$root/env-$key.rest.txt"
if ! "$env/bin/python" -c 'import cv2' 2>>"$log"; then
    # The desktop build needs libGL; a server often has none.
    locked_rows opencv-python-headless >"$root/env-$key.headless.txt"
    install "    OpenCV without a desktop" "${hashed[@]}" --force-reinstall \
        -r "$root/env-$key.headless.txt"
fi
rm -f "$root/env-$key."*.txt
date -u +%Y-%m-%dT%H:%M:%SZ >"$marker"
say "ready after $((SECONDS - started)) s"
echo "$env/bin/python"
