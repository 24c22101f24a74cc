"""Pairs of gold answers and responses: from traces, crossed with wrong golds, and short ones of every class of answers."""

import random
import re

import pyarrow.parquet


def of_traces(path, seed, crossed):
    """(kind, gold, response) of every trace with its own gold, and with `crossed` golds of other problems."""
    random_numbers = random.Random(seed)
    table = pyarrow.parquet.read_table(path, columns=["answer", "generations"])
    golds = table.column("answer").to_pylist()
    traces = table.column("generations").to_pylist()
    for number, (gold, generations) in enumerate(zip(golds, traces)):
        for response in generations or []:
            yield "trace", gold, response
            others = [other for other in golds if other != gold]
            # Half of the wrong golds are near: they share a digit or a command with the right one.
            near = [other for other in others if set(re.findall(r"\\\w+|\d", other)) & set(re.findall(r"\\\w+|\d", gold))]
            for turn in range(crossed):
                yield "crossed trace", random_numbers.choice(near if turn % 2 and near else others), response


def of_golds(path, seed, count):
    """Golds against each other, in a box."""
    random_numbers = random.Random(seed)
    golds = sorted(set(pyarrow.parquet.read_table(path, columns=["answer"]).column("answer").to_pylist()))
    for gold in golds:
        yield "gold itself", gold, boxed(gold)
    for _ in range(count):
        yield "gold and gold", random_numbers.choice(golds), boxed(random_numbers.choice(golds))


def boxed(answer):
    return f"Therefore the answer is $\\boxed{{{answer}}}$."


# Answers that mean the same, or nearly: each is set against all others of its line.
FAMILIES = [
    r"1/2 | \frac{1}{2} | \frac12 | \dfrac{1}{2} | 0.5 | .5 | 0.50 | 50\% | 50 | \frac{2}{4} | \frac{3}{6} | 2^{-1} | 0.499999 | 0.4999999",
    r"\frac{1}{3} | 0.333333 | 0.3333333 | 0.333 | 0.33 | 1/3 | \frac{2}{6} | 33.3\% | 33.\overline{3}\%",
    r"12 | 12.0 | 12.00 | +12 | -12 | 12\% | 0.12 | 1.2e1 | 1.2 \times 10^1 | 012 | 144/12 | \sqrt{144} | 12 \text{ cm} | 12\text{ inches} | 12^\circ | 12 degrees | \$12 | 12\,000",
    r"1000 | 1,000 | 1{,}000 | 1\,000 | 10^3 | 1e3 | 1.0e3 | 1000.0 | 1,\!000 | 1 000 | 10{,}00",
    r"12345678 | 12,345,678 | 12,\!345,\!678 | 12345679 | 1.2345678 \times 10^7 | 12.345678 \cdot 10^6",
    r"2\frac{1}{2} | \frac{5}{2} | 2.5 | 2 1/2 | 5/2 | 2 \frac12 | -2\frac{1}{2} | \frac{-5}{2} | -\frac{5}{2} | 2+\frac{1}{2} | 250\%",
    r"\sqrt{8} | 2\sqrt{2} | 2 \sqrt 2 | 2\sqrt2 | 2.828427 | 2.83 | 8^{1/2} | \sqrt[2]{8} | 2^{3/2} | 2^{1.5} | \sqrt 8 | 4\sqrt{2}/2 | \frac{4}{\sqrt{2}} | 2\sqrt{3} | \sqrt{4}\sqrt{2}",
    r"\sqrt{3+2\sqrt{2}} | 1+\sqrt{2} | \sqrt{2}+1 | 2.414214 | \sqrt{2}-1 | \frac{1}{\sqrt{2}-1}",
    r"\pi | 3.14159 | 3.141593 | 3.14 | \frac{22}{7} | \pi^1 | 2\pi/2 | 180^\circ",
    r"e | 2.718282 | \exp(1) | e^1 | E",
    r"\ln 2 | \log 2 | \log_e 2 | \ln(2) | 0.693147 | \log_{10} 2 | 0.301030 | \frac{\ln 4}{2} | \ln\frac{1}{2}",
    r"\log_2 8 | 3 | \log_{2}(8) | \frac{\log 8}{\log 2} | \lg 1000 | \log_{10} 1000",
    r"\sin 30^\circ | \frac{1}{2} | \sin\frac{\pi}{6} | \cos 60^\circ | \sin(\pi/6) | \cos\frac{\pi}{3}",
    r"\tan x | \frac{\sin x}{\cos x} | \tan(x) | \cot x | \frac{1}{\cot x} | \tan y",
    r"\sin^2 x | 1-\cos^2 x | (\sin x)^2 | \frac{1-\cos 2x}{2} | \sin x^2 | \sin(x)^2",
    r"x^2+2x+1 | (x+1)^2 | 1+2x+x^2 | x^2+2x+2 | (1+x)(x+1) | X^2+2X+1 | y^2+2y+1 | x(x+2)+1 | f(x)=x^2+2x+1",
    r"3x+2 | 2+3x | 3 x + 2 | 3\cdot x+2 | 3x-2 | y=3x+2 | 3*x+2 | 3X+2",
    r"\frac{x+1}{x-1} | 1+\frac{2}{x-1} | \frac{1+x}{-1+x} | \frac{-x-1}{1-x} | \frac{x-1}{x+1} | (x+1)/(x-1)",
    r"2^{10} | 1024 | 4^5 | 2^{2^{3}}\cdot 4 | 32^2 | 2^{9}+2^{9} | 1023",
    r"\frac{1}{2^{99}} | \frac{1}{2^{98}} | 2^{-99} | 0",
    r"1e-7 | 2e-7 | 1 \times 10^{-7} | 2 \times 10^{-7} | 0.0000001 | 0",
    r"4\sqrt(2) | 4 | 4\sqrt{2} | 4\sqrt 2 | 5.656854",
    r"2022_6 | 2022 | 2022_{6} | 2022_7 | 2022_{10} | 450",
    r"\{1,2\} | (2,1) | 1,2 | 2,1 | \{2,1\} | (1,2) | 1 and 2 | 1 \text{ and } 2 | 1 \text{ or } 2 | [1,2] | x=1,2 | x=1 \text{ or } x=2 | x_1=1,x_2=2 | \{1,2,2\} | 1;2",
    r"(1,2,3) | (1, 2, 3) | \left(1,2,3\right) | (3,2,1) | 1,2,3 | \{1,2,3\} | \langle 1,2,3\rangle | (1,2) | \begin{pmatrix}1\\2\\3\end{pmatrix}",
    r"[0,1) | [0, 1) | \left[0,1\right) | (0,1) | [0,1] | 0 \le x < 1 | 0\leq x<1 | x \in [0,1) | 1 > x \ge 0",
    r"(-\infty,2)\cup(3,\infty) | (-\infty, 2) \cup (3, \infty) | (3,\infty)\cup(-\infty,2) | x<2 \text{ or } x>3 | (-\infty,2] \cup [3,\infty) | \mathbb{R} \setminus [2,3] | (-\infty,2),(3,\infty)",
    r"x>3 | 3<x | (3,\infty) | x \in (3,\infty) | x\ge 3 | x < 3 | y>3 | 2x>6 | x-3>0",
    r"x=5 | 5 | y=5 | x = 5.0 | 5=x | x=5 \text{ cm} | \text{x}=5 | x=10/2 | x=6",
    r"y=2x+1 | 2x-y+1=0 | y-2x=1 | y=2x-1 | 2y=4x+2 | x=\frac{y-1}{2} | 2x+1 | y = 1+2x",
    r"x^2+y^2=1 | y^2+x^2=1 | 2x^2+2y^2=2 | x^2+y^2-1=0 | x^2+y^2=2 | 1=x^2+y^2 | y^2=1-x^2",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{bmatrix}1&2\\3&4\end{bmatrix} | \begin{pmatrix}1&2\\3&5\end{pmatrix} | \begin{pmatrix}1.0&2\\3&4\end{pmatrix} | \begin{pmatrix} \frac{2}{2} & 2 \\ 3 & 4 \end{pmatrix} | ((1,2),(3,4)) | \left[\begin{matrix}1&2\\3&4\end{matrix}\right]",
    r"\begin{pmatrix}1/2\\-1\end{pmatrix} | \begin{pmatrix}\frac12\\-1\end{pmatrix} | \begin{pmatrix}0.5\\-1\end{pmatrix} | (1/2,-1) | \begin{pmatrix}1/2&-1\end{pmatrix}",
    r"1+2i | 2i+1 | 1 + 2 i | 1-2i | (1,2) | 1+2j | \sqrt{-3+4i}",
    r"i | \sqrt{-1} | -i | e^{i\pi/2} | j",
    r"1 \pm \sqrt{19} | 1+\sqrt{19}, 1-\sqrt{19} | 1-\sqrt{19},1+\sqrt{19} | \{1+\sqrt{19},1-\sqrt{19}\} | 1\pm\sqrt{19} | 1 + \sqrt{19} | x=1\pm\sqrt{19} | 5.358899,-3.358899",
    r"\text{even} | even | Even | \textbf{even} | \text{odd} | \mathrm{even} | \text{ even }",
    r"\text{(C)} | (C) | C | \text{C} | c | \textbf{(C)} | (B) | \text{(C) } 5 | \mathrm{(C)}\ 5",
    r"\text{Evelyn} | Evelyn | evelyn | \text{Eve} | \mathrm{Evelyn}",
    r"9\% | 9 | 0.09 | \frac{9}{100} | 9 percent | 9 \text{ percent} | 9\text{%} | 900\%",
    r"36 | \$36 | 36\$ | 36 \text{ dollars} | \36 | 36.00 | \text{\$36} | 36 dollars",
    r"864 \mbox{ inches}^2 | 864 | 864\text{ in}^2 | 864 square inches | 864 \text{ cm}^2 | 864\text{ sq in}",
    r"12:00 | 12 : 00 | 12:00 \text{ PM} | 12 | 12:30 | \text{noon}",
    r"3:4 | \frac{3}{4} | 3 : 4 | 0.75 | 4:3 | 3/4 | \text{3 to 4}",
    r"10! | 3628800 | 10\cdot 9! | 3628801 | 10 \times 9 \times 8!",
    r"\binom{10}{3} | 120 | {10 \choose 3} | \binom{10}{7} | C(10,3) | 121",
    r"|x-1| | \left|x-1\right| | |1-x| | x-1 | \sqrt{(x-1)^2} | \lvert x-1\rvert",
    r"\lfloor 3.7 \rfloor | 3 | \lfloor\pi\rfloor | \lceil 2.1 \rceil | 4",
    r"\infty | +\infty | -\infty | \text{infinity} | infinity | inf",
    r"\emptyset | \varnothing | \{\} | \text{no solution} | \text{none} | 0",
    r"\mathbb{R} | (-\infty,\infty) | \text{all real numbers} | x\in\mathbb{R} | \mathbb{Z} | R",
    r"a^2b | b a^2 | a \cdot a \cdot b | a^2 b | ab^2 | a^{2}b | aab",
    r"ab+ac | a(b+c) | ac+ab | a b + a c | ab+c",
    r"2k | 2 k | k\cdot 2 | k2 | 2K | k+k | 2n",
    r"3R^2 | 3 R^2 | 3r^2 | R^2\cdot 3 | (3R)^2 | 3R^{2}",
    r"x_1 | x_{1} | x1 | x_2 | x",
    r"\alpha+\beta | \beta+\alpha | \alpha + \beta | \alpha-\beta | a+b",
    r"100! | 100!+1 | 99!\cdot 100",
    r"10^{100} | 10^{100}+1 | 10^{99} | (10^{50})^2",
    r"\frac{\sqrt{3}}{3} | \frac{1}{\sqrt{3}} | \frac{\sqrt3}3 | 0.577350 | \tan 30^\circ | 3^{-1/2}",
    r"-\frac{\pi}{6} | -\pi/6 | \frac{-\pi}{6} | \frac{\pi}{-6} | -30^\circ | -0.523599 | \frac{\pi}{6}",
    r"4210_5 | 4210_{5} | 4210 | 4210_6 | 555 | 4210_{\text{five}}",
    r"x \in [-2,7] | [-2,7] | -2 \le x \le 7 | x\in[-2, 7] | (-2,7) | -2\leq x\leq 7 | [-2,7) | y\in[-2,7]",
    r"5x - 7y + 11z + 4 = 0 | 5x-7y+11z=-4 | -5x+7y-11z-4=0 | 10x-14y+22z+8=0 | 5x - 7y + 11z - 4 = 0 | 5x-7y+11z+4",
    r"\frac{11+9a}{20} | \frac{9a+11}{20} | 0.55+0.45a | \frac{11}{20}+\frac{9a}{20} | (11+9a)/20 | \frac{11+9b}{20}",
    r"137 \frac{1}{2} | 137.5 | 137\frac12 | \frac{275}{2} | 137 1/2 | 137 + 1/2",
    r"11,\! 111,\! 111,\! 100 | 11111111100 | 11,111,111,100 | 11{,}111{,}111{,}100 | 11 111 111 100",
    r"\{1\pm\sqrt{5},-2\} | \{-2, 1+\sqrt{5}, 1-\sqrt{5}\} | -2, 1\pm\sqrt{5} | \{1+\sqrt5,1-\sqrt5\}",
]

# How a response may end.
ENDINGS = [
    "Therefore the answer is $\\boxed{%s}$.",
    "\\[\n\\boxed{%s}\n\\]",
    "The final answer is $%s$. I hope it is correct.",
    "So the final answer is %s.",
    "**Answer:** $%s$",
    "Answer: %s",
    "Hence \\(x\\) equals \\(%s\\).",
    "$$%s$$",
    "We get %s",
    "</think>\n\nThus \\[ \\boxed{%s} \\text{ units} \\]",
]


def of_families(seed, endings):
    """Members of families against each other: in a box, and for each pair `endings` times in another ending."""
    random_numbers = random.Random(seed)
    for family in FAMILIES:
        members = [member.strip() for member in family.split(" | ")]
        for gold in members:
            for member in members:
                yield "family", gold, ENDINGS[0] % member
                for _ in range(endings):
                    yield "family, other ending", gold, random_numbers.choice(ENDINGS[1:]) % member
