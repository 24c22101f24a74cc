#!/usr/bin/env bash
# The two papers' claims in miniature, table by table: trains many small policies and writes down what became of them.
#
#     scripts/experiments.sh [--tables A,B,C] [--seeds N] [--jobs N] [--minutes M] [--place DIR] [--list]
#
# What each table compares is in scripts/experiments/plan.py. A run that is done is not done again, so that the script may be
# stopped at any time (--minutes does it) and goes on where it was. The numbers go to scripts/experiments/results.json
# (schemas/experiment-results.v1.json), and as tables to standard output. Needs the built program and Python 3, nothing else.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 scripts/experiments/main.py "$@"
