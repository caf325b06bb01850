#!/usr/bin/env bash
# One machine with one GPU.
#
#   bash one_gpu.sh studies/image_edges.py --trials 192 --finish
#
# The same command goes on after Ctrl-C, a crash or a power cut.
set -euo pipefail
study=${1:?a study file, such as studies/image_edges.py}
shift

# --device cuda: a machine on which torch finds no GPU says so, instead of training slowly on its CPU
exec jrtune tune "$study" --device cuda --workers 1 --checkpoint-every 10 "$@"
