"""Writes Tests/RewardsTests/Goldens/equivalence.json: answers as trees, and which are equal.

    python scripts/make-equivalence-goldens.py

Answers that stand in one group are equal in mathematics, those of two groups are not, but for the pairs that are named. What
Math-Verify 0.9.0 says of them is recorded beside that. The interpreter needs math-verify[antlr4_13_2].
"""
import json
import logging
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from math_verify import parse, verify  # noqa: E402

from equivalence_trees import tree  # noqa: E402

GROUPS = {
    "numbers": [
        [r"5", r"x=5", r"5.0", r"\{5\}", r"\sqrt{25}", r"2+3"],
        [r"0", r"\sin 0"],
        [r"2^{100}", r"1267650600228229401496703205376"],
        [r"1", r"\sin^2 1+\cos^2 1", r"\sin^2 x+\cos^2 x", r"\frac{x}{x}"],
        [r"0.5", r"\frac12", r"50\%", r"\sin\frac{\pi}{6}"],
        [r"\frac13", r"0.333333", r"0.3333333"],
        [r"0.333334"], [r"33.3"], [r"\frac{100}{3}", r"33.3333333", r"33\frac13"],
        [r"9\%", r"0.09"], [r"9"],
        [r"0.0000001"], [r"0.0000002"], [r"1/2^{99}"], [r"1/2^{98}"],
        [r"1.23\cdot 10^{-4}", r"0.000123"],
        [r"100!"], [r"\binom{100}{50}"], [r"9^{9^{9^9}}"], [r"e^{\pi\sqrt{163}}"], [r"640320^3+744"],
    ],
    "radicals": [
        [r"4\sqrt2", r"\sqrt{32}", r"\frac{8}{\sqrt2}", r"2^{5/2}"], [r"4"],
        [r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"], [r"1.414214", r"\sqrt2"], [r"1.4142"],
        [r"\frac{1}{\sqrt3}", r"\frac{\sqrt3}{3}", r"\tan\frac{\pi}{6}"],
        [r"\frac{1+\sqrt5}{2}", r"\frac{2}{\sqrt5-1}", r"2\cos\frac{\pi}{5}"],
        [r"\sqrt{x^2}", r"|x|"], [r"x"],
    ],
    "functions": [
        [r"\ln 2", r"-\ln\frac12", r"\frac{\ln 8}{3}"], [r"\log_2 3", r"\frac{\ln 3}{\ln 2}", r"\log_4 9"], [r"\log 2"],
        [r"\frac{\pi}{4}", r"\arctan 1", r"0.25\pi"], [r"\frac{\sqrt6-\sqrt2}{4}", r"\sin\frac{\pi}{12}"],
        [r"x^2-1", r"(x-1)(x+1)", r"-(1-x^2)"], [r"x^2+1"], [r"\frac{x^2-1}{x-1}", r"x+1"],
        [r"\frac{1}{x}+\frac1y", r"\frac{x+y}{xy}"], [r"\sin 2x", r"2\sin x\cos x"],
        [r"\cos 2x", r"1-2\sin^2 x"], [r"e^{2x}", r"(e^x)^2"], [r"2^{n+1}", r"2\cdot 2^n"], [r"2^n"],
        [r"\frac{a}{b}"], [r"\frac{b}{a}"], [r"f(2)"], [r"f(3)"],
    ],
    "relations": [
        [r"y=2x+1", r"2x-y+1=0", r"2y=4x+2"], [r"y=2x-1"],
        [r"\frac{x^2}{4}+\frac{y^2}{9}=1", r"9x^2+4y^2=36"], [r"x=1", r"2x=2"], [r"y=1"],
        [r"x<5", r"5>x", r"2x<10", r"(-\infty,5)"], [r"x\le5", r"(-\infty,5]"],
        [r"-2\le x\le7", r"[-2,7]", r"x\in[-2,7]", r"7\ge x\ge-2"], [r"-2<x<7"],
        [r"x\neq 3", r"3\neq x"],
        [r"[1,3]", r"[1,2]\cup[2,3]"], [r"(1,3]"],
        [r"(-\infty,1)\cup(2,\infty)", r"(2,\infty)\cup(-\infty,1)"],
        [r"(-\infty,\infty)", r"\mathbb{R}"], [r"\emptyset", r"\{\}"], [r"[0,\sqrt2]", r"[0,2^{1/2}]"],
    ],
    "collections": [
        [r"\{1,2,3\}", r"\{3,2,1\}"], [r"\{1,2\}", r"2,1"], [r"(1,2)"], [r"(2,1)"], [r"(1,2,3)"],
        [r"(\frac12,3)", r"(0.5,3)"], [r"2\pm\sqrt3", r"\{2-\sqrt3,2+\sqrt3\}"],
        [r"\{(1,2),(3,4)\}", r"\{(3,4),(1,2)\}"], [r"\{(2,1),(3,4)\}"],
        [r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"], [r"\begin{pmatrix}1&2\\3&5\end{pmatrix}"],
        [r"\begin{pmatrix}\frac12\\x^2-1\end{pmatrix}", r"\begin{pmatrix}0.5\\(x-1)(x+1)\end{pmatrix}"],
        [r"\text{odd}"], [r"\text{B}"], [r"\infty"], [r"-\infty"],
    ],
}
# Of two groups, and equal: 9 % is 9 with a unit.
ALSO_EQUAL = {(r"9\%", r"9"), (r"9", r"9\%")}


def main():
    reader = random.Random(1)
    texts, groups = [], []
    for members in GROUPS.values():
        for group in members:
            groups.append(range(len(texts), len(texts) + len(group)))
            texts += group
    readings = [parse("$" + text + "$") for text in texts]
    trees = [tree(reading[0]) for reading in readings]
    pairs = {(a, b): True for group in groups for a in group for b in group}
    home = {member: number for number, group in enumerate(groups) for member in group}
    bounds, start = [], 0
    for members in GROUPS.values():
        count = sum(map(len, members))
        bounds.append(range(start, start + count))
        start += count
    for family in bounds:
        for a in family:
            for b in reader.sample(family, 7):
                if home[a] != home[b]:
                    pairs[a, b] = (texts[a], texts[b]) in ALSO_EQUAL
    rows = []
    for (a, b), strict in sorted(pairs.items()):
        compat = bool(verify(readings[a], readings[b]))
        rows.append([a, b, int(strict), int(compat)])
    path = pathlib.Path(__file__).parent.parent / "Tests/RewardsTests/Goldens/equivalence.json"
    answers = [{"text": text, "tree": value} for text, value in zip(texts, trees)]
    lines = ",\n".join(json.dumps(answer, separators=(",", ":")) for answer in answers)
    path.write_text('{"answers": [\n' + lines + '\n],\n"pairs": ' + json.dumps(rows, separators=(",", ":")) + "}\n")
    print(f"{len(texts)} answers, {len(rows)} pairs, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
