#!/usr/bin/env python3
"""Recompute what kedge says of a diagnosis under verl's or TRL's names, with NumPy on padded arrays.

    "$(scripts/python/venv.sh)" scripts/check-diagnosis-names.py DIAGNOSIS.h5 NAMES.json verl|verl-sequence|trl

NAMES.json is an object of names and numbers. Status 1 where a number is off by more than 1e-9 of itself, or is missing.
"""

import json
import sys
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
from summary_reference import Reference  # noqa: E402

COLUMNS = [
    "token_ids", "positions", "sequences", "segments", "kl_pq", "kl_qp", "entropy_p", "entropy_q", "log_p", "log_q",
    "rank_p", "rank_q", "top_1_agrees", "top_k_overlap", "top_k_kl", "noise_floor", "advantage",
]


def main():
    diagnosis, names, kind = sys.argv[1:]
    with h5py.File(diagnosis) as file:
        reference = Reference({name: file[name][:] for name in COLUMNS}, file["top_ids_p"].shape[1], 1, 0)
    expected = {
        "verl": reference.verl, "verl-sequence": lambda: reference.verl(level="sequence"), "trl": reference.trl,
    }[kind]()
    found = json.loads(Path(names).read_text())
    wrong = 0
    for name, value in expected.items():
        value = None if value is None or not np.isfinite(value) else float(value)
        ours = found.get(name, "missing")
        same = ours == value or (
            isinstance(ours, (int, float)) and value is not None and abs(ours - value) <= 1e-9 * abs(value) + 1e-12)
        if not same:
            wrong += 1
            print(f"{name}: {ours}, NumPy says {value}")
    print(f"{len(expected) - wrong} of {len(expected)} names agree")
    sys.exit(1 if wrong else 0)


main()
