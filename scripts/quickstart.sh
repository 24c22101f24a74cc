#!/usr/bin/env bash
# From a fresh clone to a first prefix dataset: install what is missing, build, tokenise the embedded sample of traces
# with the embedded tokenizer, and look at the result.
#
#     scripts/quickstart.sh [OUTPUT.h5]
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
# A file that the user names is not replaced; the one in .build is.
if [ $# -gt 0 ]; then
    output="$(realpath -m -- "$1")"
    force=()
else
    output="$root/.build/quickstart.h5"
    force=(--force)
fi

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
printf '\nThe program is %s; the dataset is %s.\n' "$kedge" "$output"
