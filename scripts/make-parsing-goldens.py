#!/usr/bin/env python3
"""Write Tests/RewardsTests/Goldens/parsing.json: LaTeX of answers, and what latex2sympy makes of it.

    python scripts/make-parsing-goldens.py [--texts FILE] [--output FILE]

Its interpreter needs math-verify 0.9.0 (pip install 'math-verify[antlr4_13_2]==0.9.0'). Of a text that is read, the golden has
the value: numbers where symbols are replaced by numbers that follow from their names, and lists of them for sets, tuples,
intervals, relations and matrices. `--texts` reads other texts, one a line, to compare more of them.
"""

import argparse
import cmath
import json
import math
import signal
import sys
from pathlib import Path

import sympy
from math_verify.parser import parse_latex_cached
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "python"))
from parsing_texts import TEXTS  # noqa: E402

SECONDS = 5


class Unknown(Exception):
    """Not finite, or not computed here."""


def symbol(name):
    total = 0
    for index, byte in enumerate(name.encode()):
        total = (total + (index + 1) * byte) % 97
    return complex(0.5 + total / 97)


def real(value):
    if value.imag != 0:
        raise Unknown
    return value.real


def factorial(value):
    if real(value) <= -1:
        raise Unknown
    return math.gamma(value.real + 1)


FUNCTIONS = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "cot": lambda x: 1 / cmath.tan(x), "sec": lambda x: 1 / cmath.cos(x), "csc": lambda x: 1 / cmath.sin(x), "exp": cmath.exp,
    "log": lambda x, base=complex(math.e): cmath.log(x) / cmath.log(base), "Abs": abs,
    "asin": lambda x: math.asin(real(x)), "acos": lambda x: math.acos(real(x)), "atan": lambda x: math.atan(real(x)),
    "floor": lambda x: math.floor(real(x)), "ceiling": lambda x: math.ceil(real(x)), "factorial": factorial,
    "gamma": lambda x: factorial(x - 1),
    "binomial": lambda x, y: factorial(x) / (factorial(y) * factorial(x - y)),
    "Max": lambda *x: max(map(real, x)), "Min": lambda *x: min(map(real, x)),
    "Mod": lambda x, y: real(x) - real(y) * math.floor(real(x) / real(y)),
}


def power(base, exponent):
    if exponent.imag == 0 and exponent.real == round(exponent.real) and abs(exponent.real) <= 1000:
        return base ** int(exponent.real)
    return 0j if base == 0 else cmath.exp(exponent * cmath.log(base))


def number(expression):
    if expression is sympy.EulerGamma:
        return symbol("gamma")
    if isinstance(expression, sympy.Number):
        if not expression.is_finite:
            raise Unknown
        return complex(float(expression))
    if expression in (sympy.pi, sympy.E, sympy.I):
        return {sympy.pi: complex(math.pi), sympy.E: complex(math.e), sympy.I: 1j}[expression]
    if isinstance(expression, sympy.Symbol):
        return symbol(expression.name)
    name = type(expression).__name__
    if not isinstance(expression, AppliedUndef) and not isinstance(
            expression, (sympy.Add, sympy.Mul, sympy.Pow, sympy.UnevaluatedExpr)) and name not in FUNCTIONS:
        raise Unknown
    values = [number(argument) for argument in expression.args]
    if isinstance(expression, AppliedUndef):
        return symbol(name) + sum(value * 0.37 * (index + 1) for index, value in enumerate(values))
    if isinstance(expression, sympy.UnevaluatedExpr):
        return values[0]
    if isinstance(expression, sympy.Add):
        return sum(values, 0j)
    if isinstance(expression, sympy.Mul):
        return math.prod(values, start=1 + 0j)
    if isinstance(expression, sympy.Pow):
        return power(*values)
    return complex(FUNCTIONS[name](*values))


RELATIONS = {"Equality": "equal", "Unequality": "unequal", "StrictLessThan": "less", "LessThan": "lessOrEqual",
             "StrictGreaterThan": "greater", "GreaterThan": "greaterOrEqual"}
SETS = {"Naturals": "naturals", "Integers": "integers", "Rationals": "rationals", "Reals": "reals", "Complexes": "complexes",
        "EmptySet": "empty"}
OPERATIONS = {"Union": "union", "Intersection": "intersection", "Complement": "difference"}


def value(expression):
    name = type(expression).__name__
    if name in SETS:
        return {"named " + SETS[name]: []}
    if name in OPERATIONS:
        return {OPERATIONS[name]: [value(part) for part in expression.args]}
    if isinstance(expression, sympy.FiniteSet):
        return {"set": [value(part) for part in expression.args]}
    if isinstance(expression, sympy.Tuple):
        return {"tuple": [value(part) for part in expression.args]}
    if isinstance(expression, sympy.Interval):
        opens = f"{bool(expression.left_open)} {bool(expression.right_open)}".lower()
        return {"interval " + opens: [value(expression.start), value(expression.end)]}
    if isinstance(expression, Relational):
        return {"relation " + RELATIONS[name]: [value(expression.lhs), value(expression.rhs)]}
    if isinstance(expression, sympy.And):
        relations = expression._unsorted_args
        names = " ".join(RELATIONS[type(relation).__name__] for relation in relations)
        return {"relation " + names: [value(relations[0].lhs)] + [value(relation.rhs) for relation in relations]}
    if isinstance(expression, sympy.Not):
        return {"relation notMemberOf": [value(expression.args[0].lhs), value(expression.args[0].rhs)]}
    if isinstance(expression, sympy.MatrixBase):
        return {f"matrix {expression.rows} {expression.cols}": [value(element) for element in expression]}
    try:
        found = number(expression)
    except (Unknown, OverflowError, ZeroDivisionError, ValueError, AttributeError, TypeError):
        return "unknown"
    if not (math.isfinite(found.real) and math.isfinite(found.imag)):
        return "unknown"
    return [float(f"{found.real:.9g}"), float(f"{found.imag:.9g}")]


def refuse(*_):
    raise TimeoutError


def read(text):
    signal.alarm(SECONDS)
    try:
        parsed = parse_latex_cached(text)
        return None if parsed is None or isinstance(parsed, (list, bool)) else value(parsed)
    except TimeoutError:
        raise
    except Exception:  # Whatever latex2sympy raises, the text is not read.
        return None
    finally:
        signal.alarm(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--output", type=Path, default=ROOT / "Tests" / "RewardsTests" / "Goldens" / "parsing.json")
    options = parser.parse_args()
    texts = options.texts.read_text().splitlines() if options.texts else TEXTS
    signal.signal(signal.SIGALRM, refuse)
    lines = []
    for text in texts:
        try:
            lines.append(json.dumps([text, read(text)], ensure_ascii=False))
        except TimeoutError:
            continue
    options.output.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
