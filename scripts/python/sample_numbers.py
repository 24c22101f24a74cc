"""Problems about numbers and equations, with worked reasoning. Each maker takes a random.Random."""

from sample_problem import Problem


def linear_equation(rng):
    x, a, c = rng.choice([-7, -4, -3, 3, 5, 6, 8, 11]), rng.randrange(5, 10), rng.randrange(2, 5)
    b = rng.randrange(2, 30)
    d = (a - c) * x + b
    left, right = f"{a}x + {b}", f"{c}x + {d}" if d >= 0 else f"{c}x - {-d}"
    swap = f"{d} - {b}" if d >= 0 else f"-{-d} - {b}"
    return Problem(
        f"Solve for $x$: ${left} = {right}$.",
        str(x),
        "Algebra",
        f"Collecting terms gives ${a - c}x = {d - b}$, so $x = {x}$.",
        [
            (
                [
                    f"The unknown stands on both sides, in {left} and in {right}. I want all of it on one side.",
                    f"Subtract {c}x from both sides: {a}x - {c}x = {a - c}x, so {a - c}x + {b} = {d}.",
                    f"Now take {b} away: {a - c}x = {swap} = {d - b}.",
                    f"Dividing by {a - c} leaves x = {d - b}/{a - c} = {x}.",
                    f"Let me put it back. Left: {a}·({x}) + {b} = {a * x} + {b} = {a * x + b}. "
                    f"Right: {c}·({x}) + ({d}) = {c * x} + ({d}) = {c * x + d}. They agree ✓.",
                ],
                str(x),
            ),
            (
                [
                    "Think of it as two straight lines and ask where they meet. "
                    f"At x = 0 the left line is at {b} and the right one at {d}, so the gap is {b - d}.",
                    f"Every step to the right gains the left line {a - c} on the other (slope {a} against {c}).",
                    f"The gap closes after ({d} - {b})/{a - c} = {d - b}/{a - c} = {x} steps. "
                    "A negative number of steps just means walking left.",
                ],
                str(x),
            ),
            (
                [
                    f"Move everything over: {a}x + {c}x = {d} - {b}.",
                    f"That is {a + c}x = {d - b}, which gives x = {d - b}/{a + c}.",
                    "It doesn't come out as a whole number, but nothing says it must.",
                ],
                f"\\frac{{{d - b}}}{{{a + c}}}",
            ),
        ],
    )


def modular_power(rng):
    base, exponent, modulus = rng.choice([2, 3, 5, 7]), rng.randrange(40, 300), rng.choice([11, 13, 17, 19])
    powers, value = [], 1
    while True:
        value = value * base % modulus
        powers.append(value)
        if value == 1:
            break
    order, answer = len(powers), pow(base, exponent, modulus)
    listed = ", ".join(f"{base}^{i + 1} ≡ {p}" for i, p in enumerate(powers[:6]))
    rest = exponent % (modulus - 1)
    slip = pow(base, exponent % (order + 1), modulus)
    return Problem(
        f"What is the remainder when ${base}^{{{exponent}}}$ is divided by ${modulus}$?",
        str(answer),
        "Number Theory",
        f"The order of ${base}$ modulo ${modulus}$ is ${order}$, and ${exponent} \\equiv {exponent % order}$.",
        [
            (
                [
                    f"Nobody wants to write down {base}^{exponent}. Powers modulo {modulus} repeat: find the cycle.",
                    f"Modulo {modulus}: {listed}" + (", and so on." if order > 6 else "."),
                    f"Carrying on, the first power that gives 1 is {base}^{order}. The cycle has length {order}.",
                    f"{exponent} = {order}·{exponent // order} + {exponent % order}, so {base}^{exponent} ≡ "
                    f"{base}^{exponent % order} ≡ {answer} (mod {modulus}).",
                ],
                str(answer),
            ),
            (
                [
                    f"{modulus} is prime and does not divide {base}, so Fermat applies: {base}^{modulus - 1} ≡ 1.",
                    f"Reduce the exponent: {exponent} mod {modulus - 1} = {rest}. So I need {base}^{rest}.",
                    "Square and multiply: "
                    + "; ".join(f"{base}^{2**k} ≡ {pow(base, 2**k, modulus)}" for k in range(max(rest.bit_length(), 1)))
                    + ".",
                    f"In binary {rest} is {rest:b}. Multiplying the squares whose bit is set gives {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"List the powers: {listed}. I think the pattern comes back after {order + 1} steps.",
                    f"{exponent} leaves {exponent % (order + 1)} on division by {order + 1}, "
                    f"so the remainder is that of {base}^{exponent % (order + 1)}, which is {slip}.",
                ],
                str(slip),
            ),
        ],
    )


def multiples_sum(rng):
    step, limit = rng.choice([3, 4, 6, 7, 9]), rng.randrange(80, 260)
    count = limit // step
    answer = step * count * (count + 1) // 2
    return Problem(
        f"Find the sum of all positive multiples of ${step}$ that do not exceed ${limit}$.",
        str(answer),
        "Algebra",
        f"There are ${count}$ of them and the sum is ${step}\\cdot\\frac{{{count}\\cdot{count + 1}}}{{2}}$.",
        [
            (
                [
                    f"The multiples are {step}, {2 * step}, {3 * step}, …, and the last one is the largest that fits.",
                    f"{limit}/{step} = {limit / step:.2f}, so there are {count} of them, ending at {step * count}.",
                    f"Factor the {step} out: {step}·(1 + 2 + … + {count}) = {step}·∑_{{k=1}}^{{{count}}} k.",
                    f"The inner sum is {count}·{count + 1}/2 = {count * (count + 1) // 2}. Times {step}: {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    "Pair the ends like young Gauss. "
                    f"First plus last: {step} + {step * count} = {step * (count + 1)}. Then the next pair: the same.",
                    f"There are {count} numbers, hence {count}/2 pairs. (An odd one in the middle is half a pair.)",
                    f"{count}/2 · {step * (count + 1)} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"The mean of the terms should be about {limit}/2 = {limit / 2:g}, and there are {count} terms.",
                    f"So the sum is {count}·{limit}/2 = {count * limit / 2:g}. Quick enough.",
                ],
                f"{count * limit / 2:g}",
            ),
        ],
    )


def root_squares(rng):
    s, p = rng.randrange(5, 14), rng.randrange(1, 9)
    answer = s * s - 2 * p
    return Problem(
        f"Let $r$ and $s$ be the roots of $x^2 - {s}x + {p} = 0$. Compute $r^2 + s^2$.",
        str(answer),
        "Algebra",
        f"$r^2 + s^2 = (r + s)^2 - 2rs = {s * s} - {2 * p} = {answer}$.",
        [
            (
                [
                    f"By Vieta, r + s = {s} and rs = {p}; there's no need to find the roots.",
                    "(r + s)² = r² + 2rs + s², therefore r² + s² = (r + s)² - 2rs.",
                    f"That is {s}² - 2·{p} = {s * s} - {2 * p} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"Each root satisfies r² = {s}r - {p}. Add the two equations.",
                    f"r² + s² = {s}(r + s) - 2·{p} = {s}·{s} - {2 * p} = {answer}.",
                    "Numerically: the discriminant is "
                    f"{s * s} - {4 * p} = {s * s - 4 * p}, the roots are ({s} ± √{s * s - 4 * p})/2, "
                    f"and their squares add up to ({s * s} + {s * s - 4 * p})/2 = {answer} ✓.",
                ],
                str(answer),
            ),
            (
                [
                    f"r + s = {s} and rs = {p} by Vieta.",
                    f"So r² + s² = (r + s)² - rs = {s * s} - {p} = {s * s - p}.",
                ],
                str(s * s - p),
            ),
        ],
    )


def remainders(rng):
    m, n = rng.choice([(5, 7), (7, 9), (8, 11), (9, 13), (6, 11)])
    a, b = rng.randrange(1, m), rng.randrange(1, n)
    answer = next(x for x in range(m * n) if x % m == a and x % n == b)
    steps = [b + n * k for k in range(m)]
    steps = steps[: steps.index(answer) + 1]
    inverse = pow(n, -1, m)
    return Problem(
        f"Find the smallest positive integer that leaves remainder ${a}$ when divided by ${m}$ and remainder ${b}$ "
        f"when divided by ${n}$.",
        str(answer),
        "Number Theory",
        f"The moduli are coprime; the solution is ${answer}$ modulo ${m * n}$.",
        [
            (
                [
                    f"Numbers with remainder {b} modulo {n} are {b}, {b + n}, {b + 2 * n}, … Check each modulo {m}.",
                    "\n".join(f"{x} mod {m} = {x % m}" + (" ← there it is" if x == answer else "") for x in steps),
                    f"So the number is {answer}; the next would be {answer + m * n}, since {m}·{n} = {m * n}.",
                ],
                str(answer),
            ),
            (
                [
                    f"Write the number as {n}k + {b}. I need {n}k + {b} ≡ {a} (mod {m}).",
                    f"So {n}k ≡ {(a - b) % m} (mod {m}). The inverse of {n} modulo {m} is {inverse}, "
                    f"because {n}·{inverse} = {n * inverse} ≡ 1.",
                    f"k ≡ {inverse}·{(a - b) % m} ≡ {(answer - b) // n} (mod {m}), "
                    f"and the number is {n}·{(answer - b) // n} + {b} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"Add the conditions: something with {a} and {b}, so look near {m}·{n} = {m * n}.",
                    f"{m * n} + {a} = {m * n + a} has remainder {a} modulo {m}, and I'd guess it fits the other one.",
                ],
                str(m * n + a),
            ),
        ],
    )


def trailing_zeros(rng):
    n = rng.randrange(60, 400)
    parts = [(5**k, n // 5**k) for k in range(1, 4) if 5**k <= n]
    answer = sum(count for _, count in parts)
    return Problem(
        f"How many zeros are at the end of the decimal expansion of ${n}!$?",
        str(answer),
        "Number Theory",
        f"The exponent of $5$ in ${n}!$ is ${' + '.join(str(c) for _, c in parts)} = {answer}$.",
        [
            (
                [
                    "A trailing zero is a factor 10 = 2·5. There are far more twos than fives, so count the fives.",
                    " ".join(f"Multiples of {power}: ⌊{n}/{power}⌋ = {count}." for power, count in parts),
                    "A multiple of 25 brings two fives, a multiple of 125 three; adding the counts takes care of that.",
                    f"{' + '.join(str(c) for _, c in parts)} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"Legendre: the exponent of p in n! is (n - digit sum in base p)/(p - 1). Here n = {n}, p = 5.",
                    f"In base 5, {n} has digit sum {n - 4 * answer}.",
                    f"({n} - {n - 4 * answer})/4 = {4 * answer}/4 = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"Every multiple of 5 up to {n} gives one zero, since an even number is always at hand.",
                    f"⌊{n}/5⌋ = {n // 5}.",
                ],
                str(n // 5),
            ),
        ],
    )


def euclid(rng):
    g = rng.choice([6, 9, 12, 14, 21])
    a, b = rng.choice([(17, 12), (23, 16), (25, 18), (31, 22), (29, 21)])
    big, small = g * a, g * b
    lines, u, v = [], big, small
    while v:
        lines.append(f"{u} = {u // v}·{v} + {u % v}")
        u, v = v, u % v
    return Problem(
        f"Compute the least common multiple of ${big}$ and ${small}$.",
        str(g * a * b),
        "Number Theory",
        f"$\\gcd = {g}$, so the least common multiple is $\\frac{{{big}\\cdot{small}}}{{{g}}} = {g * a * b}$.",
        [
            (
                [
                    "The product of two numbers is the product of their gcd and their lcm, so get the gcd from Euclid.",
                    "\n".join(lines),
                    f"The last remainder that isn't zero is {g}.",
                    f"lcm = {big}·{small}/{g} = {a}·{small} = {g * a * b}.",
                ],
                str(g * a * b),
            ),
            (
                [
                    f"Both are divisible by {g}: {big} = {g}·{a}, {small} = {g}·{b}.",
                    f"{a} and {b} have no common factor, so the lcm is {g}·{a}·{b} = {g * a * b}.",
                    f"Check: {g * a * b}/{big} = {b} and {g * a * b}/{small} = {a}, both whole.",
                ],
                str(g * a * b),
            ),
            (
                [
                    "The least common multiple of two numbers is their product, as long as they are different.",
                    f"{big}·{small} = {big * small}.",
                ],
                str(big * small),
            ),
        ],
    )
