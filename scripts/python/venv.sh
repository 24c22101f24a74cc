#!/usr/bin/env bash
# Make the virtual environment of the Python scripts, once, and print the path of its interpreter.
#
#     scripts/python/venv.sh            # .build/python, or $KEDGE_VENV where that is set
#     "$(scripts/python/venv.sh)" scripts/make-sample.py
#
# The base interpreter is python3, or $KEDGE_PYTHON.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="${KEDGE_VENV:-$here/../../.build/python}"
stamp="$venv/requirements.txt"

if ! cmp -s "$here/requirements.txt" "$stamp"; then
    "${KEDGE_PYTHON:-python3}" -m venv "$venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$stamp"
fi

echo "$(cd "$venv" && pwd)/bin/python"
