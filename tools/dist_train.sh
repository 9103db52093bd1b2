#!/usr/bin/env bash
# Trains on several graphics cards, as the hosts' tools/dist_train.sh does:
#   bash tools/dist_train.sh CONFIG CARDS [FLAGS OF surgtools train]
# On several machines, start it on each with NNODES, NODE_RANK and MASTER_ADDR; PORT is 29500 where
# nothing else is said. Without graphics cards the processes share the cores.
set -euo pipefail
if [ $# -lt 2 ]; then
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
config=$1 cards=$2
shift 2
exec "${SURGTOOLS_PYTHON:-python}" -m torch.distributed.run \
    --nnodes "${NNODES:-1}" --node-rank "${NODE_RANK:-0}" --nproc-per-node "$cards" \
    --master-addr "${MASTER_ADDR:-127.0.0.1}" --master-port "${PORT:-29500}" \
    "$(dirname "${BASH_SOURCE[0]}")/train.py" "$config" --launcher pytorch "$@"
