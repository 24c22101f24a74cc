#!/usr/bin/env python3
"""Writes answers.json and disagreements.json in Tests/RewardsTests/Goldens.

    "$(scripts/python/venv.sh answers)" scripts/make-answer-goldens.py .build/release/kedge [--disagreements FILE.jsonl] [--count N] [--seed N]

answers.json are pairs of scripts/python/answer_classes.py in boxes and other endings: what Math-Verify says of them, and what
is right in mathematics, as those classes say. disagreements.json are pairs of which `kedge reward --mode compat` says something
else, and why: those that were found here, and those of a file that scripts/check-answers.py wrote. A strict reward that is not
what the classes say is an error.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "python"))
import answer_classes  # noqa: E402
from math_verify_oracle import Oracle  # noqa: E402

ENDINGS = [
    "Therefore the answer is $\\boxed{%s}$.",
    "\\[\n\\boxed{%s}\n\\]",
    "The final answer is $%s$. I hope it is correct.",
    "Hence \\(x\\) equals \\(%s\\).",
    "$$%s$$",
]

# What a pair is recognised by, and why the two differ; the first that fits.
CAUSES = [
    (["2^{1.5}"], "SymPy makes a float of 2^{1.5}, which is not 2 sqrt(2) in its last digit."),
    ([r"\overline", r"\bar"], "latex2sympy reads no repeating decimals, so that Math-Verify compares the texts."),
    ([r"\sqrt("], "Math-Verify cannot read its own rewriting of \\sqrt(2), and compares the texts."),
    ([r"_{\text{five}}"], "latex2sympy cannot read the base, so that Math-Verify compares the texts."),
    ([r"(-\infty,2),(3,\infty)"], "Math-Verify does not solve several relations; here their solutions are compared."),
    (["12:", "12 :"], "Math-Verify's 12:00 is a division by 0, which equals itself only where it is written alike."),
    (["1 > x"], "SymPy orders the links of the gold's chain; here they stay as they are written."),
]
OTHER = "Math-Verify compares what it cannot read as texts, or SymPy simplifies otherwise."


def rewards(program, mode, pairs):
    lines = "".join(json.dumps({"gold": gold, "response": response}) + "\n" for gold, response in pairs)
    run = subprocess.run([program, "reward", "--mode", mode], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["reward"] for line in run.stdout.splitlines()]


def why(gold, response):
    for marks, cause in CAUSES:
        if any(mark in gold or mark in response for mark in marks):
            return cause
    return OTHER


def chosen(count, seed):
    """As many pairs that are equal as pairs that are not; each answer is in one at least."""
    random_numbers = random.Random(seed)
    pairs = {True: [], False: []}
    for gold, answer, is_equal in answer_classes.pairs():
        if gold != answer or random_numbers.random() < 0.1:
            pairs[is_equal].append((gold, answer))
    for is_equal, all_pairs in pairs.items():
        random_numbers.shuffle(all_pairs)
        seen, first, rest = set(), [], []
        for gold, answer in all_pairs:
            (rest if answer in seen else first).append((gold, answer))
            seen.add(answer)
        for gold, answer in (first + rest)[: count // 2]:
            turn = random_numbers.randrange(2 * len(ENDINGS))
            yield gold, ENDINGS[turn if turn < len(ENDINGS) else 0] % answer, is_equal


def write(name, entries):
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (ROOT / "Tests" / "RewardsTests" / "Goldens" / name).write_text(f"[\n{lines}\n]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--disagreements")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    found = list(dict.fromkeys(chosen(options.count, options.seed)))
    pairs = [(gold, response) for gold, response, _ in found]
    oracle = Oracle()
    answers, differences, errors = [], [], 0
    results = zip(found, rewards(options.program, "compat", pairs), rewards(options.program, "strict", pairs))
    for (gold, response, is_equal), compat, strict in results:
        verdict = oracle.verdict(gold, response)
        if (strict == 1) != is_equal:
            errors += 1
            print(f"strict: {gold!r}, {response!r} is {strict}", file=sys.stderr)
        if (compat == 1) != verdict:
            differences.append((gold, response, verdict, compat))
        else:
            answers.append({"gold": gold, "response": response, "math_verify": verdict, "strict": is_equal})
    if options.disagreements:
        for line in Path(options.disagreements).read_text().splitlines():
            entry = json.loads(line)
            differences.append((entry["gold"], entry["response"], entry["math_verify"], entry["compat"]))
    entries = [
        {"gold": gold, "response": response, "math_verify": verdict, "kedge": compat if compat is None else compat == 1, "why": why(gold, response)}
        for gold, response, verdict, compat in dict.fromkeys(differences)
    ]
    write("answers.json", answers)
    write("disagreements.json", sorted(entries, key=lambda entry: entry["why"]))
    print(f"{len(answers)} answers, {len(entries)} disagreements, {errors} strict rewards that are not right")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
