#!/usr/bin/env bash
# Make the virtual environment of the Python scripts, once, and print the path of its interpreter.
#
#     scripts/python/venv.sh            # .build/python, or $KEDGE_VENV where that is set
#     scripts/python/venv.sh templates  # requirements-templates.txt: .build/python-templates, or $KEDGE_VENV-templates
#     "$(scripts/python/venv.sh)" scripts/make-sample.py
#
# The base interpreter is python3, or $KEDGE_PYTHON.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
suffix="${1:+-$1}"
venv="${KEDGE_VENV:-$here/../../.build/python}$suffix"
requirements="$here/requirements$suffix.txt"
stamp="$venv/requirements.txt"

if ! cmp -s "$requirements" "$stamp"; then
    "${KEDGE_PYTHON:-python3}" -m venv "$venv" >&2
    pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }
    if [ "$suffix" = -templates ]; then
        # trl would bring torch along; only the templates in it are wanted.
        pip --requirement <(grep -v '^trl==' "$requirements")
        pip --no-deps --requirement <(grep '^trl==' "$requirements")
    elif [ "$suffix" = -objectives ]; then
        # Of trl and verl only two sources are read.
        pip --requirement <(grep -Ev '^(trl|verl)==' "$requirements")
        pip --no-deps --requirement <(grep -E '^(trl|verl)==' "$requirements")
    else
        pip --requirement "$requirements"
    fi
    cp "$requirements" "$stamp"
fi

echo "$(cd "$venv" && pwd)/bin/python"
