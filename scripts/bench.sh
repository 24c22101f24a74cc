#!/usr/bin/env bash
# Measure kedge beside what people use today, on this machine.
#
#     scripts/bench.sh tokenize [--traces FILE.jsonl|FILE.parquet] [--tokenizer DIR] [--repetitions N]
#     scripts/bench.sh dataset --traces FILE.parquet [--tokenizer DIR] [--copies N] [--repetitions N]
#     scripts/bench.sh checkpoints [--size GB] [--directory DIR] [--repetitions N]
#     scripts/bench.sh diagnose [--rows N] [--vocabulary N] [--spread X] [--threads N] [--repetitions N]
#     scripts/bench.sh reward --traces FILE.parquet [--repetitions N]
#     scripts/bench.sh policies [--threads N] [--repetitions N] [--steps N] [--limit SECONDS]
#     scripts/bench.sh train [--threads N] [--repetitions N] [--models tiny small]
#
# The binary is .build/release/kedge, built first, or $KEDGE. The Python packages come from
# scripts/python/venv.sh; train needs none.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"

usage() {
    sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed -e '/^set /d' -e 's/^# \{0,1\}//' >&2
    exit 64
}

[ $# -ge 1 ] || usage
what="$1"
shift

if [ -z "${KEDGE:-}" ]; then
    swift build --package-path "$root" --configuration release --product kedge >&2
fi
kedge="${KEDGE:-$root/.build/release/kedge}"
case "$what" in
train) python=python3 ;;
diagnose) python="$("$here/python/venv.sh" checkpoints)" ;;
reward) python="$("$here/python/venv.sh" answers)" ;;
checkpoints | policies) python="$("$here/python/venv.sh" "$what")" ;;
*) python="$("$here/python/venv.sh")" ;;
esac

case "$what" in
tokenize) exec "$python" "$here/python/bench_tokenize.py" --kedge "$kedge" "$@" ;;
dataset) exec "$python" "$here/python/bench_dataset.py" --kedge "$kedge" "$@" ;;
checkpoints) exec "$python" "$here/python/bench_checkpoints.py" --kedge "$kedge" "$@" ;;
diagnose) exec "$python" "$here/python/bench_diagnose.py" --kedge "$kedge" "$@" ;;
reward) exec "$python" "$here/python/bench_reward.py" --kedge "$kedge" "$@" ;;
train) exec "$python" "$here/python/bench_train.py" --kedge "$kedge" "$@" ;;
policies) exec "$python" "$here/python/bench_policies.py" --kedge "$kedge" "$@" ;;
*) usage ;;
esac
