#!/usr/bin/env bash
# Set up, then run all tests in release mode. Needs no network beyond the set-up, and no Python.
#
#     scripts/test.sh [--filter NAME ...]     # options go to swift test
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"

"$here/setup.sh"
# A folder of its own: what is built for tests is built with other options than the program.
exec swift test --package-path "$root" --scratch-path "$root/.build/tests" --configuration release \
    -Xswiftc -enable-testing "$@"
