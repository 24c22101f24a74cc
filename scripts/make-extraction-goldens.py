#!/usr/bin/env python3
"""Write Tests/RewardsTests/Goldens/extraction.json: nasty texts, and the answers that Math-Verify finds in them.

    python scripts/make-extraction-goldens.py [--count 110] [--seed 7] [--output FILE]

Its interpreter needs math-verify 0.9.0 (pip install 'math-verify[antlr4_13_2]==0.9.0'). The answers are those of its regular
expressions after its normalisation, in the order in which it tries to read them; of each text the first six.
"""

import argparse
import json
import random
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from latex2sympy2_extended.math_normalization import normalize_latex
from math_verify.parser import ExprExtractionConfig, LatexExtractionConfig, get_extraction_regexes

GOLDEN = Path(__file__).resolve().parent.parent / "Tests" / "RewardsTests" / "Goldens" / "extraction.json"
CONFIGURATIONS = [LatexExtractionConfig(), ExprExtractionConfig()]

NUMBERS = ["5", "-12", "1,234", "1 234", "0.5", ".5", "-.25", "007", "1,23", "12,3456", "5%", "5 %", "12 percent",
           "3 percentage", "7pct", "1e-7", "½", "٣", "100m2", "$30", "€5", "£1,000.50", "4 = 5", "10:30"]
WORDS = ["answer", "Answer:", "ANSWER: ", "answer is", "The final answer is", "Final Answer: ", "final answer to it is",
         "final answer is:", ". I hope it is.", " I hope", ", and ", ",and", " and ", " or ", "=", "\n", "\n\n", "  ",
         "\t", ".", "**", "percent", "%", "\\%", "so", "is:", "</think>", "\u00a0", "é", "中", "\r\n", "$", "$$", "\\",
         "[", "]", "{", "}", "\\(", "\\)", "\\[", "\\]", "\\boxed{", "\\boxed", "\\fbox{1}", "\\$", '"', "a" * 45]
LATEX = [r"\pi", "infinity", "inf", r"\sqrt2", r"\sqrt(2)", "sqrt(5)", " sqrt 3", r"\sqrt\pi", r"\frac12", r"\dfrac{1}{2}",
         r"\tfrac 34", r"\frac1{2}", r"\frac{1}2", r"\frac{a}{b}3", r"\frac123", r"\frac\pi2", r"\frac", r"-\frac{3}{4}",
         r"\frac{1.5}{-2}", r"\log_2 10", "(4)_{5}", "(n+1)_{k}", "4210_5", "x^(2+y)", "x^ (a(b))", r"\left(1,2\right)",
         r"\left\{1\right\}", r"\mleft(3\mright)", r"\left.", r"\text{ cm}", r"\text{ and }", r"\text{percent}",
         r"\text { }", r"\mathrm{d}", r"\mathrm{th}", r"\mathbf{v}", r"\mbox{ ft}^2", r"\text{m}{^2}",
         r"\text{A} is \text{B}", r"\displaystyle", r"\! ", "{ , }", "1{,}000", " .5", "{.5}", "~=", r",\ldots", r"\ ",
         r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\left[\begin{matrix}1\end{matrix}\right]", r"\\frac{1}{2}", "3/4",
         "03/4", "1/2/3", r"90^\circ", "f'(x)", "sand", "order", "a or b", "x  and  y", "infinite"]
UNITS = ["cm", "m", "feet", "s", "degrees", "square units", "apples", "c .", "p . m", "profit of rs", "inches", "a +", "b =",
         " m east", "units", "cm ³", "years old"]
BETWEEN = ["", "", ".", r" \text{ and } \boxed{3}", r" is far away or near, \boxed{3}", r" something else here \boxed{4}"]
PREFIXES = ["answer", "Answer:", "final answer is", "The final answer is:", "final answer to x is", "the answer = "]


class Texts:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def atom(self):
        return self.random.choice([lambda: self.random.choice(NUMBERS), lambda: self.random.choice("xyabcdt"),
                                   lambda: self.random.choice(LATEX)])()

    def expression(self, depth=0):
        kind = self.random.random()
        if kind < 0.4 or depth > 3:
            return self.atom()
        if kind < 0.6:
            sign = self.random.choice(["+", "-", "/", " + ", " = ", ", ", "^", "_", " ", ""])
            return self.atom() + sign + self.expression(depth + 1)
        if kind < 0.7:
            return "{" + self.expression(depth + 1) + "}"
        if kind < 0.85:
            return self.atom() + self.random.choice(["", " ", "  "]) + self.random.choice(UNITS)
        return r"\boxed{" + self.expression(depth + 1) + "}" + self.random.choice(["", "}", " "])

    def environment(self):
        content = self.expression()
        if self.random.random() < 0.4:
            content = self.random.choice(["", "x = "]) + r"\boxed{" + content + "}" + self.random.choice(BETWEEN)
        opening, closing = self.random.choice([("$", "$"), ("$$\n", "$$"), (r"\(", r"\)"), ("\\[\n", r"\]"), (" [", "] "),
                                               ("", ""), (r"\[", "")])
        return opening + content + closing

    def plain(self):
        choose = self.random.choice
        if self.random.random() < 0.5:
            return " " + choose(NUMBERS)
        tail = "".join(choose(["+", " - ", "*", " / ", "^", "×", " ", ")", "."]) + choose(NUMBERS + ["7", ""])
                       for _ in range(self.random.randint(1, 3)))
        return " " + choose(["(", "-", "", ""]) + choose(NUMBERS) + tail + choose(["", " ", ".", ")", "**", " =", "x"])

    def text(self):
        if self.random.random() < 0.35:
            return "$" + self.expression() + "$"
        parts = []
        for _ in range(self.random.randint(1, 8)):
            kind = self.random.random()
            if kind < 0.35:
                parts.append(self.environment())
            elif kind < 0.45:
                join = self.random.choice([" and ", ", ", " or ", ",and "])
                parts.append(self.environment() + join + self.environment() + self.random.choice(["", "%", " percent"]))
            elif kind < 0.6:
                parts.append(self.plain())
            elif kind < 0.75:
                parts.append(self.random.choice(PREFIXES) + " " + self.random.choice([self.environment, self.plain])()
                             + self.random.choice(["", "", ". I hope it", "I hope", " percent. I hope"]))
            else:
                parts.append(self.random.choice(WORDS))
            parts.append(self.random.choice(["", " ", "\n", ". "]))
        return "".join(parts)


def latex_parts(match, configuration):
    groups = match.groupdict()
    parts = []
    for prefix in ["first"] + [f"next{index}" for index in range(1, 6)]:
        found = [(name, value) for name, value in groups.items() if name.startswith(f"{prefix}_latex") and value]
        if found:
            name, value = found[0]
            normalization = configuration.normalization_config
            if name.endswith("_latexBoxed"):
                normalization = replace(normalization, boxed="last")
            parts.append([normalize_latex(value, config=normalization), bool(groups.get(f"{prefix}_percent"))])
    return parts


def plain_part(match):
    groups = match.groupdict()
    integer = next((value for name, value in groups.items() if name.startswith("integer") and value), "")
    decimal = next((value for name, value in groups.items() if name.startswith("decimal") and value), "")
    if not integer and not decimal:
        return "expression", groups["expr"].replace("\n", " "), False
    digits = integer.replace(",", "").replace(" ", "").lstrip("0") or "0"
    return "number", digits + decimal.replace(",", "."), bool(groups.get("percent"))


def candidates(text):
    """What Math-Verify would read, in its order; without empty answers."""
    patterns = [(pattern, target, priority)
                for of_target, target in get_extraction_regexes(CONFIGURATIONS) for pattern, priority in of_target]
    for _, group in groupby(sorted(patterns, key=lambda entry: entry[2]), key=lambda entry: entry[2]):
        matches = [(match, target) for pattern, target, _ in group for match in pattern.finditer(text)]
        matches.sort(key=lambda entry: (entry[0].end(), -entry[0].start()), reverse=True)
        for match, target in matches:
            if isinstance(target, LatexExtractionConfig):
                parts = latex_parts(match, target)
                if parts and parts[0][0]:
                    yield ["latex", parts]
            else:
                form, part, is_percentage = plain_part(match)
                yield [form, [[part, is_percentage]]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=110)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, default=GOLDEN)
    options = parser.parse_args()
    texts = Texts(options.seed)
    lines = []
    while len(lines) < options.count:
        text = texts.text()
        found = [answer for answer, _ in zip(candidates(text), range(6))]
        if found:
            lines.append(json.dumps({"text": text, "candidates": found}, ensure_ascii=False, separators=(",", ":")))
    options.output.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
