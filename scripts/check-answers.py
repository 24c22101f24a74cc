#!/usr/bin/env python3
"""Pairs of gold answers and responses through `kedge reward --mode compat` and through Math-Verify.

    "$(scripts/python/venv.sh answers)" scripts/check-answers.py .build/release/kedge --traces FILE.parquet
        [--crossed N] [--golds N] [--endings N] [--seed N] [--show N] [--verdicts FILE.jsonl] [--write-disagreements FILE]

The traces are OpenR1's columns `answer` and `generations`; each is set against its gold and N wrong ones. Then come golds
against golds, and families of answers that mean nearly the same. --verdicts keeps Math-Verify's verdicts between runs. The
status is 1 where less than 98 % of the pairs of traces agree.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import answer_pairs  # noqa: E402


def all_pairs(options):
    yield from answer_pairs.of_traces(options.traces, options.seed, options.crossed)
    yield from answer_pairs.of_golds(options.traces, options.seed, options.golds)
    yield from answer_pairs.of_families(options.seed, options.endings)


def verdicts(options):
    """Pairs, and for each [verdict, whether the gold is more than a string]."""
    pairs = list(all_pairs(options))
    settings = [options.seed, options.crossed, options.golds, options.endings]
    if options.verdicts and Path(options.verdicts).exists():
        with open(options.verdicts) as file:
            if json.loads(next(file)) == settings:
                kept = [json.loads(line) for line in file]
                if len(kept) == len(pairs):
                    return pairs, kept
    from math_verify_oracle import Oracle

    oracle = Oracle()
    found = []
    for number, (_, gold, response) in enumerate(pairs):
        found.append([oracle.verdict(gold, response), oracle.is_gold_readable(gold)])
        if sys.stderr.isatty() and number % 100 == 0:
            print(f"\rMath-Verify: {number} of {len(pairs)}", end="", file=sys.stderr)
    if options.verdicts:
        with open(options.verdicts, "w") as file:
            file.write(json.dumps(settings) + "\n")
            file.writelines(json.dumps(value) + "\n" for value in found)
    return pairs, found


def ours(program, mode, pairs):
    lines = "".join(json.dumps({"gold": gold, "response": response}) + "\n" for _, gold, response in pairs)
    run = subprocess.run([program, "reward", "--mode", mode], input=lines, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--traces", required=True)
    parser.add_argument("--crossed", type=int, default=6)
    parser.add_argument("--golds", type=int, default=3000)
    parser.add_argument("--endings", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--verdicts")
    parser.add_argument("--write-disagreements")
    options = parser.parse_args()

    pairs, theirs = verdicts(options)
    found = ours(options.program, "compat", pairs)
    strict = ours(options.program, "strict", pairs)
    assert len(found) == len(pairs) == len(strict), "a line for each pair"
    counts = defaultdict(lambda: [0, 0, 0, 0])
    shown = []
    for (kind, gold, response), (verdict, readable), compat, exact in zip(pairs, theirs, found, strict):
        tally = counts[kind]
        tally[0] += 1
        # A gold that is only a string has no reward here, on purpose.
        agrees = (compat["reward"] == 1) == verdict if compat["reward"] is not None else not readable
        tally[1] += agrees
        tally[2] += (compat["reward"] == 1) == verdict
        tally[3] += (exact["reward"] == 1) == verdict
        if not agrees:
            shown.append({
                "gold": gold, "response": response[-300:], "math_verify": verdict, "compat": compat["reward"],
                "strict": exact["reward"], "extracted": compat["extracted"], "reason": compat["reason"], "kind": kind,
            })
    for kind, (total, agree, plain, exact) in counts.items():
        print(
            f"{kind}: {total} pairs, {100 * agree / total:.2f} % agree ({100 * plain / total:.2f} % where golds that are only "
            f"strings count), strict {100 * exact / total:.2f} %")
    of_traces = [counts[kind] for kind in counts if "trace" in kind]
    share = sum(tally[2] for tally in of_traces) / sum(tally[0] for tally in of_traces)
    total = sum(tally[0] for tally in counts.values())
    print(f"traces: {100 * share:.2f} %; all {total} pairs: {100 * sum(t[2] for t in counts.values()) / total:.2f} %")
    for entry in shown[: options.show]:
        print(json.dumps(entry))
    if options.write_disagreements:
        Path(options.write_disagreements).write_text("".join(json.dumps(entry) + "\n" for entry in shown))
    return 0 if share >= 0.98 else 1


if __name__ == "__main__":
    sys.exit(main())
