#!/usr/bin/env python3
"""Write the goldens in Tests/ObjectivesTests/Goldens: small random batches and what PyTorch makes of them.

    "$(scripts/python/venv.sh objectives)" scripts/make-objective-goldens.py

The losses are those of scripts/python/objective_reference.py.
"""

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "python"))
from objective_batches import random_batch  # noqa: E402
from objective_reference import Reference  # noqa: E402

FAMILIES = {
    "supervised": ["sft", "dft", "trsft"],
    "group-relative": ["grpo", "dr_grpo", "dapo", "bnpo", "gspo", "cispo"],
    "luffy": ["luffy"],
    "trapo": ["trapo"],
    "quatro": ["quatro", "quatro-practical"],
}
CASES = {"supervised": 4, "group-relative": 4, "luffy": 12, "trapo": 6, "quatro": 7}


def rounded(value, digits):
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def main():
    random = np.random.default_rng(7)
    for family, methods in FAMILIES.items():
        lines = []
        for method in methods:
            for _ in range(CASES[family]):
                batch = rounded(random_batch(random, method, length=4, rollouts=6), 4)
                expected = rounded(Reference(method, batch).evaluate(), 14)
                lines.append(json.dumps(dict(method=method, batch=batch, expected=expected), separators=(",", ":")))
        (ROOT / f"Tests/ObjectivesTests/Goldens/{family}.jsonl").write_text("\n".join(lines) + "\n")


main()
