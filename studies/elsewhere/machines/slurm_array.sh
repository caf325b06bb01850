#!/bin/bash
# Slurm, a job array: every task is a coordinator of its own with one GPU, and they share one PostgreSQL database.
# Nodes need a connection to the database and none to each other.
#
#   export STORAGE=postgresql+psycopg://jrtune@DATABASE_HOST:5432/jrtune PGPASSFILE=...   # see postgres.sh
#   sbatch slurm_array.sh studies/image_edges.py --trials 1000
#
# The same command goes on. More coordinators may join at any time: submit it again while the first is running.
# Change to your site's needs: --array, --time, --gres; add --partition and --account where they are asked for.
#SBATCH --job-name=jrtune
#SBATCH --array=1-16
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --gres=gpu:1
#SBATCH --mem=32G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --output=jrtune-%A_%a.log
set -euo pipefail
study=${1:?a study file, such as studies/image_edges.py}
shift
: "${STORAGE:?the URL of a PostgreSQL database, see postgres.sh}"
# module load python cuda; source ~/venv/bin/activate    # whatever makes jrtune a command here

# the search ends by itself ten minutes before Slurm would end it
end=$(scontrol show job "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" | sed -n 's/.*EndTime=\([^ ]*\).*/\1/p')
left=$(($(date --date "$end" +%s) - $(date +%s) - ${MARGIN:-600}))

# exec: Slurm's signal, two minutes before the end or when the node is wanted for another job, reaches jrtune itself
exec jrtune tune "$study" --storage "$STORAGE" --workers 1 --threads-per-worker "$SLURM_CPUS_PER_TASK" \
    --checkpoints "$PWD/checkpoints" --checkpoint-every 10 --time-limit "$left" "$@"
