#!/usr/bin/env bash
# Format the Swift sources in place, or check them.
#
#     scripts/format.sh            # format
#     scripts/format.sh --check    # only say what is not formatted; status 1 where anything is
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/.."
paths=(Package.swift Sources Tests schemas)
case "${1:-}" in
"") swift format format --in-place --parallel --recursive "${paths[@]}" ;;
--check) swift format lint --strict --parallel --recursive "${paths[@]}" ;;
*)
    sed -n '2,5s/^# \{0,1\}//p' "$here/format.sh" >&2
    exit 64
    ;;
esac
