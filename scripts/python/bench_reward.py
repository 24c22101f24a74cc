"""`kedge reward` beside Math-Verify, both on one thread, in turns, on the same pairs of golds and whole traces.

Math-Verify is timed inside its process, without Python's start; kedge is timed whole, from its start to its last line, and its
time for no pairs at all is shown beside it.
"""

import argparse
import json
import statistics
import subprocess
import time

import answer_pairs
from math_verify_oracle import timed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kedge", required=True)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()

    traces = list(answer_pairs.of_traces(options.traces, 0, 1))
    families = list(answer_pairs.of_families(0, 1))
    corpora = {
        "whole traces, right and wrong golds": traces[:: max(1, len(traces) // options.pairs)],
        "short answers of all classes": families[:: max(1, len(families) // options.pairs)],
    }
    for name, pairs in corpora.items():
        lines = "".join(json.dumps({"gold": gold, "response": response}) + "\n" for _, gold, response in pairs)
        run = lambda text, mode: kedge_seconds(options.kedge, text, mode)  # noqa: E731
        timed(*pairs[0][1:])
        theirs, compat, strict, start = [], [], [], []
        for _ in range(options.repetitions):
            theirs.append(sum(timed(gold, response) for _, gold, response in pairs))
            compat.append(run(lines, "compat"))
            strict.append(run(lines, "strict"))
            start.append(run("", "compat"))
        megabytes = len(lines) / 1e6
        print(f"{name}: {len(pairs)} pairs, {megabytes:.1f} MB")
        best = min(theirs)
        for label, seconds in [("Math-Verify", theirs), ("kedge compat", compat), ("kedge strict", strict)]:
            ratio = best / min(seconds)
            print(
                f"  {label:13} {1e6 * min(seconds) / len(pairs):10.1f} us a pair (median "
                f"{1e6 * statistics.median(seconds) / len(pairs):.1f}), {ratio:.1f} x")
        print(f"  kedge's start {1e3 * min(start):.1f} ms")


def kedge_seconds(program, text, mode):
    start = time.perf_counter()
    run = subprocess.run(
        [program, "reward", "--mode", mode, "--threads", "1"], input=text, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
