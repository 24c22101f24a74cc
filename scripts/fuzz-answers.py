#!/usr/bin/env python3
"""Hostile and random answers through `kedge reward`, for minutes: every line is answered soon and in little memory.

    python3 scripts/fuzz-answers.py .build/release/kedge [--seconds N] [--seed N] [--traces FILE.jsonl] [--limit-ms N] [--limit-mb N]

First a list of known traps (towers of powers, factorials, deep braces, long texts that make searching quadratic), then random
LaTeX and damaged answers, in both modes. A line that takes longer than the limit, memory above the limit, an answer that is not
one line of JSON, or a program that ends, is a finding; the status is 1 where there is one. --traces is JSON lines with
`generations`, whose texts are damaged too.
"""

import argparse
import json
import os
import random
import select
import subprocess
import sys
import time

TRAPS = [
    "9^{9^{9^{9}}}", "9^{9^{9^{9^{9^{9^{9}}}}}}", "10^{10^{10}}", "(10^{9})!", "100000!", "100000!!", "((((3!)!)!)!)!", "2^{2^{2^{2^{2^2}}}}",
    "\\binom{10^9}{5\\cdot 10^8}", "\\binom{1000000}{500000}", "\\exp(\\exp(\\exp(100)))", "e^{e^{e^{e^e}}}", "\\sin(10^{300})",
    "\\sin(10^{100000})", "0^0", "1/0", "\\frac{0}{0}", "\\infty-\\infty", "0\\cdot\\infty", "\\log 0", "\\log_1 5", "\\log_{0} 0", "(-1)^{1/3}",
    "(-8)^{\\frac13}", "\\sqrt{-1}^{\\sqrt{-1}}", "i^{i^{i^{i^i}}}", "10^{-10^{9}}", "1e999999999", "1e-999999999", "1.5e308\\cdot 10", "0." + "3" * 5000,
    "9" * 20000, "9" * 20000 + "^{" + "9" * 20000 + "}", "\\frac{" * 3000 + "1" + "}{2}" * 3000, "{" * 100000 + "1" + "}" * 100000,
    "(" * 100000 + "1" + ")" * 100000, "[" * 50000, "\\sqrt" * 30000 + "2", "-" * 100000 + "1", "1" + "+1" * 30000, "1" + "\\cdot 2" * 30000,
    "1" + "^1" * 3000, "x" + "^x" * 3000, "|" * 3000 + "x" + "|" * 3000, "(x+1)^{1000}", "(x+1)^{100000}", "(x+y+z+w+1)^{500}",
    "(\\sin x)^{10^8}", "\\prod_{k=1}^{10^9} k", "\\sum_{k=1}^{10^{100}} \\frac1k", "\\int_0^{10^9} e^{x^x} dx", "\\lim_{x\\to 0} x^x",
    "\\lfloor 10^{10000}/3 \\rfloor", "\\gcd(10^{1000},6^{1000})", "10^{1000} \\bmod 7", "7^{10^{1000}} \\bmod 13", "\\{" + ",".join(map(str, range(5000))) + "\\}",
    ",".join(map(str, range(20000))), "\\begin{pmatrix}" + "\\\\".join("&".join(["1"] * 300) for _ in range(300)) + "\\end{pmatrix}",
    "\\begin{vmatrix}" + "\\\\".join("&".join(map(str, range(n, n + 60))) for n in range(60)) + "\\end{vmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{10^9}",
    "1<" * 5000 + "2", "x=" * 5000 + "2", "(1,2)" + "\\cup(3,4)" * 5000, "\\pm" * 5000 + "1", "1\\pm " * 20 + "1", "a" * 60000, "a_" * 20000 + "1",
    "\\text{" * 5000 + "x" + "}" * 5000, "\\operatorname{" * 3000, "%" * 50000, "1%" * 20000, "\\%" * 20000, "!" * 50000, "5" + "!" * 50000,
    "\x00", "\ufeff1", "\u200b1", "\U0001d7cf", "\u0661\u0662", "\ud83d\ude00" .encode("utf-16", "surrogatepass").decode("utf-16"), "١", "½", "²", "x²", "∞", "π", "√2", "−1",
    "\\left" * 20000, "\\begin{" * 10000, "\\frac" * 20000, "\\frac{1}" * 10000, "^" * 50000, "_" * 50000, "\\\\" * 50000, "&" * 50000, "\\log_" * 10000,
]


def around(answer):
    yield f"The final answer is $\\boxed{{{answer}}}$."
    yield answer
    yield f"answer: ${answer}$"


def long_texts():
    for size in [20_000, 400_000]:
        for piece in [
            "$", "$$", "\\[", "\\]", "\\(", "\\)", "\\boxed{", "\\boxed{1}", "\\boxed 1 ", "boxed", "answer", "answer:", "answer is ", "final answer is ",
            "final answer is 1", "answer: 1 = ", "answer = ", " [1", "[1] ", "1,", "1 ", "1,234", "1.", "-1", "1/", "(1+", "\\frac{1}{2}", "\\frac{1}", "$1$ and ", "$1$,", "$ 1 ", "a$b", "\\$", "{", "}",
            "I hope", "percent", "1%", "$1", "€1", "=1", "**1**", "\n", " \n", "\\n", "\\text{", "and", "or", "1 and ", "$\\boxed{1}$ and ", "\\boxed{$1$}, ", "<think>", "</think>", "é", "final answer ", "=", " = 1",
        ]:
            yield (piece * (size // len(piece) + 1))[:size]


PIECES = (
    "0 1 2 3 9 10 12 0.5 .5 1,000 1e5 x y n k i e \\pi + - * / ^ _ ! = < > \\le \\ge \\ne , ; : ( ) [ ] { } \\{ \\} | \\frac \\dfrac \\sqrt "
    "\\sqrt[3] \\sin \\cos \\tan \\log \\log_2 \\ln \\exp \\binom \\cdot \\times \\div \\pm \\mp \\infty \\cup \\cap \\setminus \\in \\left( \\right) \\left[ "
    "\\right] \\text{even} \\text{ cm} \\mathrm{d} \\% % ^\\circ ^{2} _{5} \\begin{pmatrix} \\end{pmatrix} & \\\\ \\mathbb{R} \\emptyset \\alpha \\theta \\ldots "
    "\\lfloor \\rfloor \\lceil \\rceil \\overline{3} \\int \\sum \\prod_{k=1}^{3} \\lim \\to dx \\bmod \\gcd \\max and or $ \\boxed{ answer: final_answer_is I_hope"
).split(" ")


def random_answer(random_numbers):
    return random_numbers.choice(["", " "]).join(
        random_numbers.choice(PIECES).replace("_answer_is", " answer is").replace("I_hope", "I hope")
        for _ in range(random_numbers.randint(1, random_numbers.choice([6, 20, 200]))))


def damaged(random_numbers, text):
    text = list(text)
    for _ in range(random_numbers.randint(1, 20)):
        if not text:
            break
        place = random_numbers.randrange(len(text))
        kind = random_numbers.randrange(4)
        if kind == 0:
            del text[place : place + random_numbers.choice([1, 1, 5, 200])]
        elif kind == 1:
            text[place:place] = random_numbers.choice(PIECES)
        elif kind == 2:
            text[place] = random_numbers.choice("{}()[]$\\^_=,.0123456789%!| \n")
        else:
            end = min(len(text), place + random_numbers.choice([1, 10, 300]))
            text[place:place] = text[place:end] * random_numbers.choice([1, 3, 50])
    return "".join(text)


class Program:
    """`kedge reward` in one mode, one line in and one out."""

    def __init__(self, path, mode):
        self.arguments = [path, "reward", "--mode", mode, "--threads", "1"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.buffer = b""

    def ask(self, gold, response, limit):
        """(seconds, answer), or (seconds, None) where none came."""
        line = (json.dumps({"gold": gold, "response": response}) + "\n").encode()
        start = time.perf_counter()
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except BrokenPipeError:
            return time.perf_counter() - start, None
        while b"\n" not in self.buffer:
            left = limit - (time.perf_counter() - start)
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return time.perf_counter() - start, None
            chunk = os.read(self.process.stdout.fileno(), 1 << 20)
            if not chunk:
                return time.perf_counter() - start, None
            self.buffer += chunk
        answer, self.buffer = self.buffer.split(b"\n", 1)
        return time.perf_counter() - start, json.loads(answer)

    def megabytes(self):
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), 0)
        except FileNotFoundError:
            return 0

    def restart(self):
        self.process.kill()
        self.process.wait()
        self.start()


def cases(options):
    for trap in TRAPS:
        for response in around(trap):
            yield trap, response
            yield "1", response
        yield trap, "\\boxed{1}"
    for text in long_texts():
        yield "1", text
    random_numbers = random.Random(options.seed)
    traces = []
    if options.traces:
        with open(options.traces) as file:
            traces = [(row["answer"], text) for row in map(json.loads, file) for text in row.get("generations") or []]
    while True:
        gold = random_answer(random_numbers)
        if traces and random_numbers.random() < 0.2:
            gold, trace = random_numbers.choice(traces)
            yield gold, damaged(random_numbers, trace)
        else:
            yield gold, f"\\boxed{{{random_answer(random_numbers)}}}"
            yield gold, f"Answer: ${damaged(random_numbers, gold)}$"
            yield gold, f"\\boxed{{{gold}}}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--traces")
    parser.add_argument("--limit-ms", type=float, default=2000)
    parser.add_argument("--limit-mb", type=float, default=200)
    options = parser.parse_args()

    programs = {mode: Program(options.program, mode) for mode in ["strict", "compat"]}
    findings, count, slowest, largest = 0, 0, (0, "", ""), 0
    end = time.monotonic() + options.seconds
    for gold, response in cases(options):
        if time.monotonic() > end:
            break
        for mode, program in programs.items():
            count += 1
            seconds, answer = program.ask(gold, response, 30)
            slowest = max(slowest, (seconds, gold[:60], response[:60]))
            memory = program.megabytes()
            largest = max(largest, memory)
            problem = None
            if answer is None:
                problem = f"no answer after {seconds:.1f} s, status {program.process.poll()}"
            elif seconds * 1000 > options.limit_ms:
                problem = f"{seconds * 1000:.0f} ms"
            elif memory > options.limit_mb:
                problem = f"{memory:.0f} MB"
            elif set(answer) != {"reward", "extracted", "reason"} or answer["reward"] not in [0, 1, None]:
                problem = f"answers {json.dumps(answer)[:200]}"
            if problem:
                findings += 1
                print(f"{mode}: {problem}: gold {gold[:120]!r} ({len(gold)}), response {response[:120]!r} ({len(response)})")
                program.restart()
    print(
        f"{count} lines, {findings} findings; slowest {slowest[0] * 1000:.0f} ms ({slowest[1]!r}, {slowest[2]!r}), "
        f"{largest:.0f} MB at most")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
