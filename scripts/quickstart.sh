#!/usr/bin/env bash
# From a fresh clone to a first prefix dataset and a first model: install what is missing, build, tokenise the embedded
# sample of traces with the embedded tokenizer, and look at the result; make a small model of random weights, let it
# complete a prompt, and evaluate it on the dataset; compare it with another one, token by token, and make a page of it.
# It ends with kedge demo: the whole chain on problems of its own, in minutes. With KEDGE_QUICK=1, as in CI, where others share
# the cores, the demonstration takes only a few updates: that everything works is seen then, and nothing is learnt.
#
#     scripts/quickstart.sh [OUTPUT.h5]
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
# What the user names is not replaced; what is in .build is. The model goes beside the dataset.
if [ $# -gt 0 ]; then
    output="$(realpath -m -- "$1")"
    force=()
else
    output="$root/.build/quickstart.h5"
    force=(--force)
fi
model="${output%.h5}-model"

"$here/setup.sh"
swift build --package-path "$root" --configuration release --product kedge
kedge="$(swift build --package-path "$root" --configuration release --show-bin-path)/kedge"

run() {
    printf '\n$ kedge'
    printf ' %q' "$@"
    printf '\n'
    "$kedge" "$@"
}

cd "$root"
run tokenize scripts/sample/traces.jsonl --tokenizer scripts/sample/tokenizer --output "$output" \
    --require-correct --require-complete "${force[@]}"
run verify "$output" --tokenizer scripts/sample/tokenizer
run inspect "$output" --decode 0
run inspect "$output"
run init scripts/sample/model/config.json --output "$model" --tokenizer scripts/sample/tokenizer "${force[@]}"
run generate "$model" --prompt 'What is 7 * 6?' --chat --max-tokens 24
run generate "$model" --prompt-ids 1,2,3 --num-generations 2 --max-tokens 4 --temperature 0.8 --seed 7 --json
run evaluate "$model" --dataset "$output" --num-generations 4 --k 1,4 --max-tokens 32
run evaluate "$model" --dataset "$output" --num-generations 4 --k 1,4 --max-tokens 32 --prefix-ratio 0.2
run init scripts/sample/model/config.json --output "$model-other" --seed 1 --tokenizer scripts/sample/tokenizer "${force[@]}"
run diagnose --reference "$model" --policy "$model-other" --dataset "$output" --output "${output%.h5}-diagnosis.h5" \
    --limit 4 "${force[@]}"
run report "${output%.h5}-diagnosis.h5" --output "${output%.h5}-diagnosis.html" "${force[@]}"
run train scripts/sample/train.yaml --model_name_or_path "$model" --dataset_name "$output" --output_dir "${output%.h5}-run" \
    "${force[@]}"
run report "${output%.h5}-run" --output "${output%.h5}-run.html" "${force[@]}"
printf '%s\n' '{"gold": "\\frac{1}{2}", "response": "So it is $\\boxed{0.5}$."}' | run reward
run bench train-step "$model" --batch 2 --length 64 --repetitions 2
run bench generate "$model" --batch 8 --max-tokens 16 --repetitions 2
quick=()
[ -z "${KEDGE_QUICK:-}" ] || quick=(--quick)
run demo --output "${output%.h5}-demo" "${quick[@]}" "${force[@]}"
printf '\nThe program is %s; the dataset is %s, the model %s.\n' "$kedge" "$output" "$model"
