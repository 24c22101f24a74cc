#!/usr/bin/env python3
"""Print the polynomials in Sources/CLayers/divergences/coefficients.h, with an interpreter that has mpmath.

    python scripts/make-divergence-coefficients.py

Each is the Chebyshev interpolation of a function over the range where it is used, in ascending powers.
"""

from mpmath import atanh, chebyfit, cosh, linspace, log, mp, mpf, polyval, sinh, sqrt

mp.dps = 60
NEAR = mpf(1) / 2
SMALL = mpf(10) ** -30


def of_square(function):
    """A function of d as one of t = d^2."""
    return lambda t: function(sqrt(max(t, SMALL)))


def s(d):
    return sinh(d / 2)


def c(d):
    return cosh(d / 2)


TABLES = [
    ("POWER", lambda r: (2**r - 1) / r if r else log(2), -NEAR, NEAR, 7),
    ("KL_EVEN", of_square(lambda d: d * s(d) / d**2), 0, NEAR**2, 4),
    ("HELLINGER", of_square(lambda d: 2 * (c(d) - 1) / d**2), 0, NEAR**2, 4),
    ("CHI_EVEN", of_square(lambda d: 4 * s(d) ** 2 * c(d) / d**2), 0, NEAR**2, 4),
    ("SHANNON", of_square(lambda d: (d / 2 * s(d) - c(d) * log(c(d))) / d**2), 0, NEAR**2, 4),
    ("KL_ODD", of_square(lambda d: (d * c(d) - 2 * s(d)) / d**3), 0, NEAR**2, 3),
    ("CHI_ODD", of_square(lambda d: 4 * s(d) ** 3 / d**3), 0, NEAR**2, 3),
    ("SINE", of_square(lambda d: 2 * s(d) / d), 0, NEAR**2, 3),
    ("ARCTANGENT", of_square(lambda t: atanh(t) / t), 0, mpf("0.0601"), 7),
]
# Those that are kept as vectors are macros; 2^r begins with its 1.
MACROS = {"POWER": 1, "SINE": 0, "ARCTANGENT": 0}


def main() -> None:
    for name, function, low, high, degree in TABLES:
        fitted = chebyfit(function, [low, high], degree + 1)
        worst = max(abs(polyval(fitted, x) / function(x) - 1) for x in linspace(low + mpf(10) ** -25, high, 401))
        numbers = ["%.17g" % float(number) for number in reversed(fitted)]
        print("// relative error %.1e" % float(worst))
        if name in MACROS:
            for index, number in enumerate(numbers):
                print(f"#define {name}_{index + MACROS[name]} {number}")
        else:
            print(f"static const double {name}[] = {{")
            for number in numbers:
                print(f"    {number},")
            print("};")


if __name__ == "__main__":
    main()
