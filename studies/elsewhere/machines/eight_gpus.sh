#!/usr/bin/env bash
# One machine with eight GPUs: one coordinator, eight worker processes, one for each GPU.
#
#   bash eight_gpus.sh studies/image_edges.py --trials 960 --finish
#
# It goes on when you log out; the search's messages are in jrtune.log: tail -f jrtune.log
# SIGTERM ends it with everything saved (kill "$(cat jrtune.pid)"), and the same command goes on.
set -euo pipefail
study=${1:?a study file, such as studies/image_edges.py}
shift

gpus=${GPUS:-8}
# what each worker may take of the machine's cores, one of which is left to the coordinator
threads=$((($(nproc) - 1) / gpus))
if [ "$threads" -lt 1 ]; then threads=1; fi

nohup jrtune tune "$study" --device cuda --workers "$gpus" --threads-per-worker "$threads" \
    --checkpoint-every 10 "$@" >>jrtune.log 2>&1 </dev/null &
echo $! >jrtune.pid
echo "started: tail -f jrtune.log"
