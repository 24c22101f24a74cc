#!/usr/bin/env python3
"""Write Tests/KernelsTests/Goldens/divergences.txt: statistics of small rows of logits, with mpmath to 500 digits.

    python scripts/make-divergence-goldens.py

A case has four lines: its name, temperature, k and target (-1 for none); the logits x; the logits y; the statistics in the order
of STATISTICS. Logits are numbers of binary32.
"""

import pathlib
import random
import struct

from mpmath import exp, log, mp, mpf, sqrt

mp.dps = 500
INFINITY = float("inf")

STATISTICS = """klPQ klQP jensenShannon totalVariation chiSquarePQ chiSquareQP hellinger entropyP entropyQ crossEntropyPQ
crossEntropyQP varentropyP varentropyQ logP logQ rankP rankQ logNormaliserP logNormaliserQ squareP squareQ unsupportedPQ
unsupportedQP topAgrees topOverlap topKL topMassP topMassQ""".split()


def single(number: float) -> float:
    return struct.unpack("f", struct.pack("f", number))[0]


class Side:
    def __init__(self, logits, temperature):
        self.logits = logits
        scaled = [None if x == -INFINITY else mpf(x) / mpf(temperature) for x in logits]
        most = max(u for u in scaled if u is not None)
        total = sum(exp(u - most) for u in scaled if u is not None)
        self.normaliser = most + log(total)
        self.logs = [None if u is None else u - most - log(total) for u in scaled]
        self.p = [mpf(0) if u is None else exp(u) for u in self.logs]
        self.square = sum(p * u**2 for p, u in zip(self.p, scaled) if u is not None)
        self.entropy = -sum(p * l for p, l in zip(self.p, self.logs) if l is not None)
        self.varentropy = sum(p * (l + self.entropy) ** 2 for p, l in zip(self.p, self.logs) if l is not None)
        self.order = sorted((i for i, l in enumerate(self.logs) if l is not None), key=lambda i: (-logits[i], i))

    def rank(self, target):
        return 0 if target < 0 else 1 + sum(x > self.logits[target] for x in self.logits)

    def log(self, target):
        return float("nan") if target < 0 else -INFINITY if self.logs[target] is None else self.logs[target]


def kl(p, q):
    if any(a.logs[i] is not None and b is None for a in [p] for i, b in enumerate(q.logs)):
        return INFINITY
    return sum(a * (l - m) for a, l, m in zip(p.p, p.logs, q.logs) if l is not None)


def chi(p, q):
    if any(l is not None and m is None for l, m in zip(p.logs, q.logs)):
        return INFINITY
    return sum((a - b) ** 2 / b for a, b, m in zip(p.p, q.p, q.logs) if m is not None)


def shannon(p, q):
    def part(a, b):
        return sum(u * log(2 * u / (u + v)) for u, v in zip(a.p, b.p) if u)

    return (part(p, q) + part(q, p)) / 2


def statistics(x, y, temperature, width, target):
    p, q = Side(x, temperature), Side(y, temperature)
    top = p.order[:width]
    rest = [i for i in range(len(x)) if i not in top]
    mass_p, mass_q = sum(p.p[i] for i in top), sum(q.p[i] for i in top)
    rest_p, rest_q = sum(p.p[i] for i in rest), sum(q.p[i] for i in rest)
    if any(q.logs[i] is None for i in top) or (rest_p > 0 and not rest_q > 0):
        top_kl = INFINITY
    else:
        top_kl = sum(p.p[i] * (p.logs[i] - q.logs[i]) for i in top) + (rest_p * log(rest_p / rest_q) if rest_p else 0)
    forth, back = kl(p, q), kl(q, p)
    return [
        forth, back, shannon(p, q), sum(abs(a - b) for a, b in zip(p.p, q.p)) / 2, chi(p, q), chi(q, p),
        sqrt(sum((sqrt(a) - sqrt(b)) ** 2 for a, b in zip(p.p, q.p)) / 2), p.entropy, q.entropy,
        p.entropy + forth, q.entropy + back, p.varentropy, q.varentropy, p.log(target), q.log(target),
        p.rank(target), q.rank(target), p.normaliser, q.normaliser, p.square, q.square,
        sum(a for a, m in zip(p.p, q.logs) if m is None), sum(b for b, l in zip(q.p, p.logs) if l is None),
        int(p.order[0] == q.order[0]), len(set(top) & set(q.order[:width])), top_kl, mass_p, mass_q,
    ]


def cases():
    source = random.Random(6)

    def row(count, spread=3.0, offset=0.0):
        return [single(round(source.gauss(offset, spread), 3)) for _ in range(count)]

    def moved(x, spread, digits=4):
        return [single(round(a + source.gauss(0, spread), digits)) for a in x]

    def hot(x, place, distance):
        return [a if i == place else single(a - distance) for i, a in enumerate(x)]

    def without(x, places):
        return [-INFINITY if i in places else a for i, a in enumerate(x)]

    x = row(24)
    yield "near", 1.0, 4, 3, x, moved(x, 0.05)
    yield "far", 1.0, 4, 7, row(24), row(24, 6)
    x = row(20)
    yield "warm", 1.7, 3, 5, x, moved(x, 0.4)
    x = row(20)
    yield "cold", 0.25, 3, -1, x, moved(x, 0.3)
    x = row(16)
    yield "identical", 0.7, 3, 2, x, x
    x = row(16)
    yield "tiny", 1.0, 3, 2, x, [single(a * (1 + 2**-23 * (i % 3))) for i, a in enumerate(x)]
    x = row(12, 3, 1e4)
    yield "offset", 1.0, 3, 2, x, [single(a - 13000) for a in moved(x, 0.5, 2)]
    yield "huge", 1.0, 2, 1, [single(1e30), 0.0, single(-1e30), 5.0], [1.0, single(2e30), single(2e30), single(-3e38)]
    x = row(12)
    yield "one hot", 1.0, 3, 4, hot(x, 4, 60), hot(moved(x, 1), 4, 50)
    yield "one hot apart", 1.0, 3, 4, hot(x, 4, 300), hot(x, 5, 280)
    yield "one hot, no tails", 1.0, 3, 4, hot(x, 4, 1000), hot(x, 4, 2000)
    yield "chi overflows", 1.0, 3, 4, hot(x, 4, 600), hot(x, 4, 3000)
    x = row(12)
    yield "masked alike", 1.0, 4, 3, without(x, {0, 5, 11}), without(moved(x, 0.2), {0, 5, 11})
    yield "masked in q", 1.0, 4, 3, x, without(moved(x, 0.2), {1, 2})
    yield "masked in p", 1.0, 4, 1, without(x, {1, 2}), moved(x, 0.2)
    yield "apart", 1.0, 2, 0, without(x, set(range(6))), without(x, set(range(6, 12)))
    yield "ties", 1.0, 3, 5, [1.0, 2.0, 2.0, 2.0, 2.0, 0.0, 2.0], [2.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0]
    yield "alone", 2.0, 1, 0, [3.0], [-7.0]
    yield "flat", 1.0, 2, 0, [5.0] * 9, [5.0] * 8 + [single(5.0 - 2**-20)]
    yield "all listed", 1.0, 8, 2, [0.5, 1.0, -2.0], [0.25, 1.5, -1.0]


def main() -> None:
    lines = []
    for name, temperature, width, target, x, y in cases():
        lines.append(f"{name.replace(' ', '-').replace(',', '')} {temperature} {width} {target}")
        for logits in (x, y):
            lines.append(" ".join("%.9g" % number for number in logits))
        lines.append(" ".join("%.15g" % float(number) for number in statistics(x, y, temperature, width, target)))
    goldens = pathlib.Path(__file__).parent.parent / "Tests/KernelsTests/Goldens/divergences.txt"
    goldens.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
