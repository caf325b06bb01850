#!/bin/bash
# Slurm, Ray inside one job: head and workers are started by srun, one coordinator on the first node uses them all.
#
#   export STORAGE=postgresql+psycopg://jrtune@DATABASE_HOST:5432/jrtune PGPASSFILE=...   # see postgres.sh
#   sbatch slurm_ray.sh studies/image_edges.py --trials 1000 --finish
#
# The same command goes on. A node that fails is left out (--no-kill); where the first one fails, Slurm begins the
# job anew (--requeue) and the search goes on.
# Change to your site's needs: --nodes, --time, --gpus-per-node, --cpus-per-task; add --partition and --account.
#SBATCH --job-name=jrtune-ray
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=64
#SBATCH --gpus-per-node=8
#SBATCH --mem=0
#SBATCH --exclusive
#SBATCH --time=12:00:00
#SBATCH --no-kill
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --output=jrtune-ray-%j.log
set -euo pipefail
study=${1:?a study file, such as studies/image_edges.py}
shift
: "${STORAGE:?the URL of a PostgreSQL database, see postgres.sh}"
# module load python cuda; source ~/venv/bin/activate    # whatever makes jrtune and ray commands here

# the search ends by itself ten minutes before Slurm would end it
end=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/.*EndTime=\([^ ]*\).*/\1/p')
left=$(($(date --date "$end" +%s) - $(date +%s) - ${MARGIN:-600}))

# this script runs on the first node of the job: Ray's head is there too
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
# the first address that others can reach; set IP where nodes reach each other by another one
addresses=$(hostname --ip-address; hostname --all-ip-addresses)
ip=${IP:-$(tr ' ' '\n' <<<"$addresses" | awk '/^[0-9.]+$/ && !/^127/ { print; exit }')}
port=$((20000 + SLURM_JOB_ID % 10000)) # another one for each job
export RAY_ADDRESS="$ip:$port"         # where --address auto looks first
# who is on the cluster's network, and does not know the job's token, cannot use its Ray
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN
RAY_AUTH_TOKEN=$(od --address-radix=n --format=x1 --read-bytes=32 /dev/urandom | tr --delete ' \n')
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK
resources=(--num-cpus="$SLURM_CPUS_PER_TASK" --num-gpus="${SLURM_GPUS_ON_NODE:-0}")

# whichever way this script ends, nothing of it goes on
trap 'jobs -p | xargs --no-run-if-empty kill 2>/dev/null || true; wait' EXIT

srun --nodes=1 --ntasks=1 --nodelist="$head" \
    ray start --head --node-ip-address="$ip" --port="$port" --temp-dir="/tmp/ray-$SLURM_JOB_ID" \
    --include-dashboard=false --disable-usage-stats "${resources[@]}" --block &
for _ in $(seq 60); do
    if ray health-check --address "$RAY_ADDRESS" >/dev/null 2>&1; then break; fi
    sleep 2
done
ray health-check --address "$RAY_ADDRESS" # ends the job where the head has not come up within two minutes

# the other nodes; the search begins with those that are there, and the others join
if [ "$SLURM_JOB_NUM_NODES" -gt 1 ]; then
    others=$((SLURM_JOB_NUM_NODES - 1))
    srun --nodes="$others" --ntasks="$others" --exclude="$head" --no-kill --kill-on-bad-exit=0 --wait=0 \
        ray start --address="$RAY_ADDRESS" "${resources[@]}" --block &
fi

jrtune tune "$study" --engine ray --address auto --storage "$STORAGE" \
    --checkpoints "$PWD/checkpoints" --checkpoint-every 10 --time-limit "$left" "$@" &
tune=$!
# Slurm's signal comes to this script; jrtune saves everything on it
trap 'kill -TERM "$tune" 2>/dev/null || true' TERM
status=0
wait "$tune" || status=$?
while kill -0 "$tune" 2>/dev/null; do # the signal cut the waiting short
    status=0
    wait "$tune" || status=$?
done
exit "$status"
