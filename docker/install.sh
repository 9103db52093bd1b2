#!/usr/bin/env bash
# The steps of docker/Dockerfile, which runs them in this order in the folder of the checkout.
#   docker/install.sh environment cpu|cuda   makes the environment with tools/env.sh
#   docker/install.sh package PREFIX         installs surgtools from a wheel, and PREFIX/bin/surgtools
# SURGTOOLS_ENV_ROOT and SURGTOOLS_PYTHON say where the environment is, as in tools/env.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
    environment)
        case ${2:-cpu} in
            cpu) export SURGTOOLS_TORCH_INDEX=${SURGTOOLS_TORCH_INDEX:-https://download.pytorch.org/whl/cpu} ;;
            cuda) ;; # torch from PyPI brings CUDA's libraries; the host needs its driver alone
            *) echo "install.sh: $2: cpu or cuda is expected" >&2 && exit 2 ;;
        esac
        root=${SURGTOOLS_ENV_ROOT:?where is the environment to be?}
        mkdir -p "$root"
        bash tools/env.sh | tail -n 1 >"$root/python"
        ;;
    package)
        prefix=${2:?where is surgtools to be installed?}
        root=${SURGTOOLS_ENV_ROOT:-$prefix}
        python=$(cat "$root/python")
        wheels=$(mktemp -d)
        trap 'rm -rf "$wheels"' EXIT
        pip=("$python" -m pip --disable-pip-version-check --quiet)
        "${pip[@]}" wheel --no-deps --no-build-isolation --no-index --wheel-dir "$wheels" .
        mkdir -p "$prefix/bin"
        "${pip[@]}" install --no-deps --no-index --upgrade --target "$prefix/app" "$wheels"/surgtools-*.whl
        cat >"$prefix/bin/surgtools" <<SCRIPT
#!/bin/sh
PYTHONPATH=$prefix/app\${PYTHONPATH:+:\$PYTHONPATH} exec $python -P -m surgtools "\$@"
SCRIPT
        chmod 755 "$prefix/bin/surgtools"
        ;;
    *)
        sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
