"""Problems about counting, chance and geometry, with worked reasoning. Each maker takes a random.Random."""

import math

from sample_problem import Problem


def letter_arrangements(rng):
    word = rng.choice(["BANANA", "LETTER", "COFFEE", "SUCCESS", "PEPPER", "TOMORROW", "ALABAMA"])
    counts = {letter: word.count(letter) for letter in dict.fromkeys(word)}
    repeated = {letter: n for letter, n in counts.items() if n > 1}
    below = math.prod(math.factorial(n) for n in counts.values())
    answer = math.factorial(len(word)) // below
    names = ", ".join(f"{letter} ×{n}" for letter, n in counts.items())
    factorials = " · ".join(f"{n}!" for n in repeated.values())
    first = next(iter(repeated))
    partly = math.factorial(len(word)) // math.factorial(repeated[first])
    places = len(word)
    chain = []
    for letter, n in counts.items():
        chain.append(f"{letter}: C({places}, {n}) = {math.comb(places, n)}")
        places -= n
    return Problem(
        f"How many distinct arrangements are there of the letters of the word {word}?",
        str(answer),
        "Combinatorics",
        f"$\\frac{{{len(word)}!}}{{{factorials.replace('·', chr(92) + 'cdot')}}} = {answer}$.",
        [
            (
                [
                    f"Count the letters of {word} first: {names}. That makes {len(word)} letters.",
                    f"If all were different there would be {len(word)}! = {math.factorial(len(word))} orders.",
                    "Equal letters can be swapped without anybody noticing, "
                    f"so divide by the factorial of every multiplicity: {factorials} = {below}.",
                    f"{math.factorial(len(word))} / {below} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    "Fill the places letter by letter instead: choose where each kind goes.",
                    "; ".join(chain) + ".",
                    f"The product of these is {answer}. It agrees with the multinomial coefficient, as it should.",
                ],
                str(answer),
            ),
            (
                [
                    f"{word} has {len(word)} letters, so start from {len(word)}! = {math.factorial(len(word))}.",
                    f"The letter {first} comes {repeated[first]} times, so divide by {repeated[first]}!. "
                    f"That leaves {partly}.",
                    "I believe that takes care of the repetition.",
                ],
                str(partly),
            ),
        ],
    )


def committee(rng):
    girls, boys, size = rng.randrange(4, 8), rng.randrange(4, 9), rng.choice([3, 4])
    total, none = math.comb(girls + boys, size), math.comb(boys, size)
    answer = total - none
    cases = [(g, math.comb(girls, g) * math.comb(boys, size - g)) for g in range(1, size + 1)]
    over = girls * math.comb(girls + boys - 1, size - 1)
    return Problem(
        f"A club has {girls} girls and {boys} boys. In how many ways can a committee of {size} be chosen that has "
        "at least one girl?",
        str(answer),
        "Combinatorics",
        f"$\\binom{{{girls + boys}}}{{{size}}} - \\binom{{{boys}}}{{{size}}} = {total} - {none} = {answer}$.",
        [
            (
                [
                    "“At least one” nearly always wants the complement. All committees, minus those without a girl.",
                    f"All: C({girls + boys}, {size}) = {total}.",
                    f"Boys only: C({boys}, {size}) = {none}.",
                    f"Difference: {total} - {none} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    "Let me do it by cases, by the number of girls, to be safe.",
                    "\n".join(
                        f"- {g} girl{'s' if g > 1 else ''}: C({girls}, {g})·C({boys}, {size - g}) = {ways}"
                        for g, ways in cases
                    ),
                    f"Adding up: {' + '.join(str(ways) for _, ways in cases)} = {answer}.",
                ],
                str(answer),
            ),
            (
                [
                    f"First seat a girl, to be sure there is one: {girls} ways.",
                    f"Then anybody for the other {size - 1} places: C({girls + boys - 1}, {size - 1}) = "
                    f"{math.comb(girls + boys - 1, size - 1)}.",
                    f"Multiply: {girls}·{math.comb(girls + boys - 1, size - 1)} = {over}. "
                    "Each committee has a first girl, so this ought to be it.",
                ],
                str(over),
            ),
        ],
    )


def altitude(rng):
    p, q, h = rng.choice([(3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25)])
    k = rng.randrange(1, 4)
    p, q, h = p * k, q * k, h * k
    top, bottom = p * q // math.gcd(p * q, h), h // math.gcd(p * q, h)
    answer = str(top) if bottom == 1 else f"\\frac{{{top}}}{{{bottom}}}"
    shown = str(top) if bottom == 1 else f"{top}/{bottom}"
    return Problem(
        f"A right triangle has legs of length {p} and {q}. Find the length of the altitude to its hypotenuse.",
        answer,
        "Geometry",
        f"Twice the area is ${p}\\cdot{q} = {h}\\cdot h$, so $h = {answer}$.",
        [
            (
                [
                    f"The hypotenuse first: √({p}² + {q}²) = √({p * p} + {q * q}) = √{h * h} = {h}.",
                    "The area can be written in two ways. With the legs: "
                    f"½·{p}·{q} = {p * q / 2:g}. With the hypotenuse: ½·{h}·h.",
                    f"Setting them equal, {h}·h = {p * q}, so h = {p * q}/{h} = {shown}.",
                    f"Is that plausible? The altitude must be shorter than the shorter leg, {p}. "
                    f"{p * q / h:.3f} < {p}, fine.",
                ],
                answer,
            ),
            (
                [
                    f"Similar triangles: the altitude cuts off a triangle with the same angle B, tan B = {p}/{q}.",
                    f"In the big triangle sin B = {p}/{h}, with h² = {p}² + {q}² and so hypotenuse {h}.",
                    f"In the small one the leg of length {q} is the hypotenuse, so the altitude is {q}·sin B = "
                    f"{q}·{p}/{h} = {shown}.",
                ],
                answer,
            ),
            (
                [
                    f"The hypotenuse is {h}, because {p}² + {q}² = {h}².",
                    f"The altitude lands in the middle of the hypotenuse, so I get {h}/2 on each side.",
                    f"Hmm, the midpoint of the hypotenuse is equally far from all corners, so it is {h}/2 = {h / 2:g}.",
                ],
                f"{h / 2:g}",
            ),
        ],
    )


def annulus(rng):
    half = rng.randrange(3, 15)
    chord = 2 * half
    return Problem(
        f"Two circles share a centre. A chord of the larger circle has length {chord} and touches the smaller one. "
        "What is the area of the ring between the circles?",
        f"{half * half}\\pi",
        "Geometry",
        f"$\\pi(R^2 - r^2) = \\pi\\cdot{half}^2 = {half * half}\\pi$.",
        [
            (
                [
                    "Neither radius is given, so the answer must not depend on them separately. Call them R and r.",
                    "The radius to the point of contact is perpendicular to the chord and cuts it in half.",
                    f"Pythagoras: R² = r² + {half}², hence R² - r² = {half * half}.",
                    f"The ring has area πR² - πr² = π(R² - r²) = {half * half}π.",
                ],
                f"{half * half}\\pi",
            ),
            (
                [
                    "If the answer depends only on the chord, I may shrink the inner circle to a point (r → 0).",
                    f"Then the chord is a diameter, {chord}, the ring is a whole disc, and its area is π·{half}² = "
                    f"{half * half}π ≈ {half * half * math.pi:.2f}.",
                    f"The general argument agrees: R² - r² = ({chord}/2)² whatever r is.",
                ],
                f"{half * half}\\pi",
            ),
            (
                [
                    f"The chord has length {chord}, and it touches the inner circle, so R² - r² = {chord}².",
                    f"So the area is π·{chord}² = {chord * chord}π.",
                ],
                f"{chord * chord}\\pi",
            ),
        ],
    )


def same_colour(rng):
    red, blue = rng.randrange(3, 8), rng.randrange(3, 9)
    total = red + blue
    top, bottom = red * (red - 1) + blue * (blue - 1), total * (total - 1)
    divisor = math.gcd(top, bottom)
    answer = f"\\frac{{{top // divisor}}}{{{bottom // divisor}}}"
    put_back = red * red + blue * blue
    other = math.gcd(put_back, total * total)
    return Problem(
        f"A bag holds {red} red and {blue} blue marbles. Two are drawn without replacement. What is the probability "
        "that they have the same colour?",
        answer,
        "Probability",
        f"$\\frac{{\\binom{{{red}}}{{2}} + \\binom{{{blue}}}{{2}}}}{{\\binom{{{total}}}{{2}}}} = {answer}$.",
        [
            (
                [
                    f"Pairs in all: C({total}, 2) = {math.comb(total, 2)}.",
                    f"Red pairs: C({red}, 2) = {math.comb(red, 2)}. Blue pairs: C({blue}, 2) = {math.comb(blue, 2)}.",
                    f"So P = ({math.comb(red, 2)} + {math.comb(blue, 2)})/{math.comb(total, 2)} = "
                    f"{math.comb(red, 2) + math.comb(blue, 2)}/{math.comb(total, 2)}.",
                    f"In lowest terms that is {top // divisor}/{bottom // divisor} ≈ {top / bottom:.4f}.",
                ],
                answer,
            ),
            (
                [
                    "Draw one after the other. "
                    f"Red then red: {red}/{total}·{red - 1}/{total - 1} = {red * (red - 1)}/{bottom}.",
                    f"Blue then blue: {blue}/{total}·{blue - 1}/{total - 1} = {blue * (blue - 1)}/{bottom}.",
                    f"Together {top}/{bottom}, and after cancelling {divisor}: {top // divisor}/{bottom // divisor}.",
                    f"Check by the complement: different colours have 2·{red}·{blue}/{bottom}, and "
                    f"{2 * red * blue} + {top} = {bottom} ✓.",
                ],
                answer,
            ),
            (
                [
                    f"Each draw is red with probability {red}/{total} and blue with {blue}/{total}.",
                    f"Both the same: ({red}/{total})² + ({blue}/{total})² = {put_back}/{total * total}.",
                ],
                f"\\frac{{{put_back // other}}}{{{total * total // other}}}",
            ),
        ],
    )


def average_speed(rng):
    out, back = rng.choice([(60, 40), (30, 20), (45, 30), (90, 60), (12, 4), (80, 48), (15, 10)])
    answer = 2 * out * back // (out + back)
    exact = 2 * out * back / (out + back)
    shown = str(answer) if answer == exact else f"{exact:g}"
    distance = math.lcm(out, back)
    return Problem(
        f"A cyclist rides to a village at {out} km/h and returns by the same road at {back} km/h. What is the average "
        "speed of the whole trip in km/h?",
        shown,
        "Other",
        f"$\\frac{{2\\cdot{out}\\cdot{back}}}{{{out}+{back}}} = {shown}$.",
        [
            (
                [
                    "Average speed is total distance over total time, not the mean of the speeds.",
                    f"Take a handy distance: the least common multiple of {out} and {back}, {distance} km each way.",
                    f"Out: {distance}/{out} = {distance // out} h. Back: {distance}/{back} = {distance // back} h. "
                    f"Together {distance // out + distance // back} h for {2 * distance} km.",
                    f"{2 * distance}/{distance // out + distance // back} = {shown} km/h.",
                ],
                shown,
            ),
            (
                [
                    "With equal distances the average is the harmonic mean of the speeds, 2uv/(u + v).",
                    f"2·{out}·{back}/({out} + {back}) = {2 * out * back}/{out + back} = {shown}.",
                    f"It lies below the arithmetic mean {(out + back) / 2:g}, as the slow half takes longer. Good.",
                ],
                shown,
            ),
            (
                [
                    "Half of the trip at one speed, half at the other.",
                    f"({out} + {back})/2 = {(out + back) / 2:g} km/h.",
                ],
                f"{(out + back) / 2:g}",
            ),
        ],
    )


def lattice_paths(rng):
    w, h = rng.randrange(4, 7), rng.randrange(3, 6)
    x, y = rng.randrange(1, w), rng.randrange(1, h)
    first, second = math.comb(x + y, x), math.comb(w - x + h - y, w - x)
    return Problem(
        f"A path goes from $(0,0)$ to $({w},{h})$ in unit steps to the right or up. How many such paths pass through "
        f"$({x},{y})$?",
        str(first * second),
        "Combinatorics",
        f"$\\binom{{{x + y}}}{{{x}}}\\binom{{{w + h - x - y}}}{{{w - x}}} = {first}\\cdot{second}$.",
        [
            (
                [
                    f"Cut the path at ({x},{y}). The two halves are independent, so the counts multiply.",
                    f"From (0,0) to ({x},{y}): {x + y} steps, {x} of them to the right, C({x + y}, {x}) = {first}.",
                    f"From ({x},{y}) to ({w},{h}): {w - x} right and {h - y} up, "
                    f"C({w + h - x - y}, {w - x}) = {second}.",
                    f"{first}·{second} = {first * second}.",
                ],
                str(first * second),
            ),
            (
                [
                    "Let me fill in the grid like Pascal's triangle: each point gets the sum of its left and lower "
                    "neighbours.",
                    f"At ({x},{y}) the entry is {first}. Restart from there with 1 instead, and at ({w},{h}) I find "
                    f"{second}.",
                    f"Each of the {first} ways in goes on in {second} ways: {first * second} paths, out of "
                    f"C({w + h}, {w}) = {math.comb(w + h, w)} in all.",
                ],
                str(first * second),
            ),
            (
                [
                    f"Ways in: {first}. Ways out: {second}.",
                    f"Altogether {first} + {second} = {first + second}.",
                ],
                str(first + second),
            ),
        ],
    )
