#!/usr/bin/env bash
# Trains on a cluster that Slurm manages, as the hosts' tools/slurm_train.sh does:
#   bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [FLAGS OF surgtools train]
# GPUS, GPUS_PER_NODE and CPUS_PER_TASK are 8, 8 and 5 where nothing else is said; SRUN_ARGS are
# further words for srun.
set -euo pipefail
if [ $# -lt 4 ]; then
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
partition=$1 job_name=$2 config=$3 work_dir=$4
shift 4
per_node=${GPUS_PER_NODE:-8}
read -ra more <<<"${SRUN_ARGS:-}"
exec srun -p "$partition" --job-name "$job_name" --gres "gpu:$per_node" \
    --ntasks "${GPUS:-8}" --ntasks-per-node "$per_node" \
    --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${more[@]+"${more[@]}"} \
    "${SURGTOOLS_PYTHON:-python}" -u "$(dirname "${BASH_SOURCE[0]}")/train.py" "$config" \
    --work-dir "$work_dir" --launcher slurm "$@"
