#!/usr/bin/env python3
"""Write Tests/DivergencesTests/Goldens/summary.json: columns of a small diagnosis and what NumPy makes of them.

    "$(scripts/python/venv.sh)" scripts/make-summary-goldens.py
"""

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "python"))
from summary_reference import Reference  # noqa: E402

RESAMPLES, SEED, TOP_K = 400, 7, 4


def columns():
    random = np.random.default_rng(6)
    rows = []
    for sequence, (prompt, prefix, rest) in enumerate([(2, 3, 6), (1, 0, 9), (3, 4, 4), (2, 2, 1), (0, 0, 5), (2, 0, 0)]):
        segments = [0] * prompt + [1] * prefix + [2] * rest
        for position, segment in enumerate(segments):
            log_p = -3 * random.random() ** 2
            rows.append(dict(
                token_ids=int(random.integers(0, 6)), positions=position, sequences=sequence, segments=segment,
                kl_pq=random.exponential(0.05), kl_qp=random.exponential(0.05), entropy_p=3 * random.random(),
                entropy_q=3 * random.random(), log_p=log_p, log_q=log_p + random.normal(0, 0.3),
                rank_p=int(random.integers(1, 4)), rank_q=int(random.integers(1, 4)),
                top_1_agrees=int(random.random() < 0.8), top_k_overlap=int(random.integers(0, TOP_K + 1)),
                top_k_kl=random.exponential(0.03), noise_floor=1e-4 * random.random(),
                advantage=[1.0, -1.0, 0.5, 0.0, -0.5, 1.0][sequence]))
    found = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    for name, values in found.items():
        if values.dtype == float:
            found[name] = np.array([float(f"{v:.4g}") for v in values])
    # A token that q calls impossible, and one whose log-probabilities are not known.
    found["kl_pq"][9] = np.inf
    found["log_p"][20] = found["log_q"][20] = np.nan
    found["rank_p"][20] = found["rank_q"][20] = 0
    return found


def plain(value):
    """Numbers that JSON has; inputs have "inf" and null, results null for what is not finite."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.11g}") if np.isfinite(value) else None
    return value


def main():
    inputs = columns()
    reference = Reference(inputs, TOP_K, RESAMPLES, SEED)
    golden = dict(
        resamples=RESAMPLES, seed=SEED, top_k=TOP_K,
        columns={
            name: [None if v != v else "inf" if v == np.inf else v for v in values.tolist()]
            for name, values in inputs.items()},
        summary=plain(reference.summary()), verl=plain(reference.verl()),
        verl_sequence=plain(reference.verl(level="sequence")), trl=plain(reference.trl()))
    path = ROOT / "Tests" / "DivergencesTests" / "Goldens" / "summary.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


main()
