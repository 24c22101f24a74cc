#!/usr/bin/env python3
"""Random batches through `kedge objective` and through PyTorch: losses, gradients, advantages.

    "$(scripts/python/venv.sh objectives)" scripts/check-objectives.py .build/release/kedge [--batches N] [--seed N]

The reference is scripts/python/objective_reference.py. Also compared, where they are installed, are TRL's and verl's own loss
functions, taken out of their sources. Status 1 where a number is off by more than 1e-9 of the largest beside it; 1e-7 where verl is asked, which adds
1e-8 to numbers of tokens.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
from objective_batches import random_batch  # noqa: E402
from objective_peers import peers  # noqa: E402
from objective_reference import DEFAULTS, Reference  # noqa: E402


def kedge(program, method, batch):
    run = subprocess.run([*program, method], input=json.dumps(batch), capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{method}: {run.stderr}{json.dumps(batch)}")
    return json.loads(run.stdout)


def difference(ours, theirs):
    """The largest difference of two lists of lists, against the largest number in them, or against 1e-3."""
    flat = lambda value: np.concatenate([np.ravel(row) for row in value] or [np.zeros(0)])  # noqa: E731
    ours, theirs = flat(ours), flat(theirs)
    if ours.shape != theirs.shape:
        return np.inf
    return float(np.abs(ours - theirs).max(initial=0) / max(np.abs(theirs).max(initial=0), 1e-3))


def compare(method, batch, found, expected, worst, tolerance=1e-9):
    pairs = [("loss", [[found["loss"]]], [[expected["loss"]]])]
    for name in ["gradients", "advantages", "entropy_gradients"]:
        if name in expected:
            wrapped = (lambda value: value) if name != "advantages" else (lambda value: [value])
            pairs.append((name, wrapped(found.get(name, [])), wrapped(expected[name])))
    for name, ours, theirs in pairs:
        # A loss may be a small sum of large terms, so it is measured against the gradients too.
        off = difference(ours, theirs)
        if name == "loss":
            # Where all ratios are clipped there is nothing to measure against, and verl's 1e-8 is all that is left.
            scale = max(
                abs(expected["loss"]), max((abs(x) for row in expected["gradients"] for x in row), default=0),
                1e-3 if tolerance <= 1e-9 else 1.0)
            off = abs(found["loss"] - expected["loss"]) / scale
        worst[(method, name)] = max(worst.get((method, name), 0.0), off)
        if not off <= tolerance:
            print(f"{method} {name}: off by {off:.2g} in {json.dumps(batch)}")
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kedge")
    parser.add_argument("--batches", type=int, default=40, help="for each method")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--methods", default=",".join(DEFAULTS))
    arguments = parser.parse_args()
    program = [arguments.kedge] + (["objective"] if Path(arguments.kedge).name == "kedge" else [])
    random = np.random.default_rng(arguments.seed)
    worst, wrong, count = {}, 0, 0
    for method in arguments.methods.split(","):
        for _ in range(arguments.batches):
            batch = random_batch(random, method)
            count += 1
            wrong += not compare(method, batch, kedge(program, method, batch), Reference(method, batch).evaluate(), worst)
    for name, run, tolerance in peers():
        for _ in range(arguments.batches):
            method, batch, expected = run(random)
            count += 1
            wrong += not compare(f"{name}: {method}", batch, kedge(program, method, batch), expected, worst, tolerance)
    for (method, name), off in worst.items():
        print(f"{method:28} {name:18} {off:.1e}")
    print(f"{count - wrong} of {count} batches agree")
    sys.exit(1 if wrong else 0)


main()
