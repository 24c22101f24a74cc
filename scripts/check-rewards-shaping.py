#!/usr/bin/env python3
"""Random responses through `kedge reward` and through the definitions of open-r1, TRL and DAPO in Python.

    scripts/check-rewards-shaping.py .build/release/kedge [--rows N] [--seed N]
    scripts/check-rewards-shaping.py --goldens      # writes Tests/RewardsTests/Goldens/shaping.json

The reference is scripts/python/reward_reference.py. Where trl is installed, as in scripts/python/venv.sh objectives, its own functions are
compared with the reference too. Status 1 where a number is off by more than 1e-12.
"""

import argparse
import ast
import importlib.util
import json
import math
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import reward_reference as reference  # noqa: E402
from reward_texts import random_text  # noqa: E402

GOLDENS = Path(__file__).resolve().parent.parent / "Tests/RewardsTests/Goldens/shaping.json"


def kedge(program, rows, *arguments):
    """The single rewards of rows."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    run = subprocess.run([program, "reward", *arguments], input=lines, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{arguments}: {run.stderr}")
    # Not splitlines: the line separators of Unicode may stand in results.
    return [json.loads(line) for line in run.stdout.split("\n")[:-1]]


class Comparison:
    def __init__(self):
        self.count, self.wrong = 0, 0

    def take(self, name, ours, theirs, what):
        self.count += 1
        if ours is None or not abs(ours - theirs) <= 1e-12:
            self.wrong += 1
            if self.wrong <= 10:
                print(f"{name}: {ours}, not {theirs}: {what!r}")


def compare_texts(program, generator, count, comparison):
    rows = [{"response": random_text(generator)} for _ in range(count)]
    for style in reference.FORMATS:
        for ngram in [1, 2, 3, 4, 7]:
            penalty = -generator.random() * 3
            cases = {
                "format": lambda text: reference.form(text, style),  # noqa: B023
                "tag_count": reference.tag_count,
                "reasoning_steps": reference.reasoning_steps,
                "repetition_penalty": lambda text: reference.repetition(text, ngram, penalty),  # noqa: B023
            }
            found = kedge(
                program, rows, *[word for name in cases for word in ("--reward", name)], "--setting", f"format={style}",
                "--setting", f"ngram_size={ngram}", "--setting", f"max_penalty={penalty!r}")
            for row, result in zip(rows, found, strict=True):
                for name, definition in cases.items():
                    comparison.take(name, result["rewards"][name], definition(row["response"]), row["response"])


def compare_lengths(program, generator, comparison):
    for _ in range(40):
        limit = generator.randrange(1, 200)
        buffer, factor = generator.randrange(1, limit + 1), generator.random() * 2
        for bounded in [True, False]:
            rows = [{"response": "", "n": generator.randrange(2 * limit)} for _ in range(50)]
            found = kedge(
                program, rows, "--reward", "soft_overlong_punishment", "--length-field", "n", "--setting", f"max_completion_len={limit}",
                "--setting", f"soft_punish_cache={buffer}", "--setting", f"penalty_factor={factor!r}", "--setting",
                f"bounded={str(bounded).lower()}")
            for row, result in zip(rows, found, strict=True):
                expected = reference.soft_overlong(row["n"], limit, buffer, factor, bounded)
                comparison.take("soft_overlong", result["reward"], expected, row)


def compare_answers(program, generator, comparison):
    """Rewards that depend on the answer being right."""
    for number in range(30):
        rows, verdicts = [], []
        for group in range(10):
            for _ in range(generator.randrange(1, 9)):
                verdicts.append(generator.random() < 0.5)
                text = "x" * generator.randrange(300) + f" So it is $\\boxed{{{7 if verdicts[-1] else 8}}}$."
                rows.append({"gold": "7", "response": text, "group": [group, str(group)][number % 2]})
        settings = {"max_len": generator.randrange(1, 300), "min_value_wrong": -generator.random(),
                    "max_value_wrong": -generator.random(), "clamp": number % 3 == 0}
        found = kedge(
            program, rows, "--reward", "accuracy", "--reward", "length", "--reward", "cosine", "--group", "group",
            *[word for name, value in settings.items() for word in ("--setting", f"{name}={json.dumps(value)}")])
        for group in range(10):
            places = [place for place, row in enumerate(rows) if str(row["group"]) == str(group)]
            lengths = [len(rows[place]["response"]) for place in places]
            expected = reference.length(lengths, [verdicts[place] for place in places])
            for place, size, value in zip(places, lengths, expected, strict=True):
                rewards, right = found[place]["rewards"], verdicts[place]
                comparison.take("answer", rewards["accuracy"], float(right), rows[place])
                comparison.take("length", rewards["length"], value, rows[place])
                comparison.take("cosine", rewards["cosine"], reference.cosine(size, right, **settings), rows[place])


def trl_functions():
    """TRL's own functions by file, for trl itself needs torch; none where it is not installed."""
    spec = importlib.util.find_spec("trl")
    if spec is None:
        return {}
    folder = Path(spec.submodule_search_locations[0]) / "rewards"
    found = {"math": math}
    for name in ["format_rewards.py", "other_rewards.py"]:
        exec(compile((folder / name).read_text(), name, "exec"), found)  # noqa: S102
    for node in ast.parse((folder / "accuracy_rewards.py").read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name == "_CosineScaledReward":
            exec(compile(ast.Module([node], []), "accuracy_rewards.py", "exec"), found)  # noqa: S102
    return found


def compare_trl(generator, count, comparison):
    theirs = trl_functions()
    if not theirs:
        return print("trl is not installed: its functions are not compared")
    texts = [random_text(generator) for _ in range(count)]
    tokens = [[generator.randrange(4) for _ in range(generator.randrange(40))] for _ in range(count)]
    for text, value in zip(texts, theirs["think_format_reward"]([[{"content": text}] for text in texts])):
        comparison.take("trl format", reference.form(text, "think"), value, text)
    if "get_repetition_penalty_reward" in theirs:
        for each, value in zip(tokens, theirs["get_repetition_penalty_reward"](2, -0.7)(completion_ids=tokens)):
            comparison.take("trl repetition", reference.repetition_of_tokens(each, 2, -0.7), value, each)
    for each, value in zip(tokens, theirs["get_soft_overlong_punishment"](30, 12)(completion_ids=tokens)):
        comparison.take("trl soft overlong", reference.soft_overlong(len(each), 30, 12), value, each)
    if "_CosineScaledReward" in theirs:
        theirs["accuracy_reward"] = lambda completions, solution: solution
        verdicts = [generator.random() < 0.5 for _ in tokens]
        values = theirs["_CosineScaledReward"](25, -1.0, -0.5, 0.5, 1.0)(tokens, verdicts, tokens)
        for each, right, value in zip(tokens, verdicts, values):
            comparison.take("trl cosine", reference.cosine(len(each), right, max_len=25, clamp=True), value, each)


def write_goldens():
    generator = random.Random(7)
    texts = []
    while len(texts) < 24:
        text = random_text(generator)
        # Few random texts are interesting.
        if len(text) < 160 and (reference.form(text) + reference.form(text, "think") + reference.repetition(text, 2) != 0):
            texts.append(text)
    lengths = [[generator.randrange(2000) for _ in range(generator.randrange(1, 6))] for _ in range(6)] + [[5, 5]]
    verdicts = [[generator.random() < 0.5 for _ in group] for group in lengths]
    goldens = {
        "texts": [
            {"text": text, "format": reference.form(text), "think": reference.form(text, "think"),
             "tag_count": reference.tag_count(text), "reasoning_steps": reference.reasoning_steps(text),
             "repetition": [reference.repetition(text, n, -1.0) + 0 for n in [1, 2, 3, 5]]} for text in texts],
        "groups": [
            {"lengths": sizes, "correct": right, "length": reference.length(sizes, right),
             "cosine": [reference.cosine(size, each) for size, each in zip(sizes, right)],
             "clamped": [reference.cosine(size, each, clamp=True) for size, each in zip(sizes, right)],
             "soft_overlong": [reference.soft_overlong(size, 1500, 600, 0.8) for size in sizes],
             "unbounded": [reference.soft_overlong(size, 1500, 600, 0.8, False) for size in sizes]}
            for sizes, right in zip(lengths, verdicts)],
    }
    GOLDENS.write_text(json.dumps(goldens, indent=None, separators=(",", ":"), ensure_ascii=True) + "\n")
    print(f"{GOLDENS}: {GOLDENS.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kedge", nargs="?")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--goldens", action="store_true")
    parser.add_argument("--without-answers", action="store_true", help="leave out what depends on answers")
    arguments = parser.parse_args()
    if arguments.goldens:
        return write_goldens()
    generator, comparison = random.Random(arguments.seed), Comparison()
    if arguments.kedge:
        compare_texts(arguments.kedge, generator, arguments.rows, comparison)
        compare_lengths(arguments.kedge, generator, comparison)
        if not arguments.without_answers:
            compare_answers(arguments.kedge, generator, comparison)
    compare_trl(generator, arguments.rows, comparison)
    print(f"{comparison.count} rewards compared, {comparison.wrong} different")
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
