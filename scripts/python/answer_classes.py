"""Answers in classes, judged by hand: what is right in mathematics, for the goldens of the strict mode.

A line holds classes, with " || " between them, and answers, with " | " between them. Answers of one class are equal, answers of
two classes of one line are different. One that begins with "~" is equal to some and not to others of its class, and is only set
against itself and the other classes.
"""

CLASSES = [
    # Numbers.
    r"1/2 | \frac{1}{2} | \frac12 | \dfrac{1}{2} | 0.5 | .5 | 0.50 | \frac{2}{4} | 2^{-1} | ~50\% || 0.499999 | 0.499999000 || 0.4999999 || 5 || -\frac12 | \frac{-1}{2} | \frac{1}{-2} | -0.5",
    r"\frac{1}{3} | 1/3 | \frac{2}{6} | 0.\overline{3} | 0.\bar{3} | 3^{-1} || 0.333 || 0.33 || 0.34 || \frac{1}{4} || 3",
    r"12 | 12.0 | +12 | 1.2e1 | 1.2 \times 10^1 | 144/12 | \sqrt{144} | 12 \text{ cm} | 12\text{ inches} | \$12 | 12\text{ dollars} | 12 \text{ hours} || -12 || 1.2 || 120 || 13 || 21",
    r"1000 | 1,000 | 1{,}000 | 1\,000 | 10^3 | 1e3 | 1.0e3 | 1000.0 | 1,\!000 | \$1{,}000 || 100 || 10000 | 10^4 || 1001",
    r"1500000 | 1.5 \times 10^{6} | 1.5 \cdot 10^6 | 1,500,000 | 15 \times 10^5 | \frac{3}{2} \cdot 10^6 | 1.5e6 || 1.5 \times 10^{5} || 1.5^6 || 15 \times 10^6",
    r"10^{-3} | 0.001 | \frac{1}{1000} | \frac{1}{10^3} | 1 \times 10^{-3} | 1e-3 || 10^{3} || -1000 || 0.01 || 0.0011",
    r"1e-7 | 1 \times 10^{-7} | 0.0000001 | \frac{1}{10^{7}} || 2e-7 | 2 \times 10^{-7} || 0",
    r"\frac{1}{2^{99}} | 2^{-99} | \left(\frac{1}{2}\right)^{99} || \frac{1}{2^{98}} || 0 || \frac{1}{2^{100}}",
    r"2\frac{1}{2} | \frac{5}{2} | 2.5 | 2 1/2 | 5/2 | 2\frac12 | 2 \frac12 | 2+\frac{1}{2} | 2 \frac{1}{2} \text{ hours} || -2\frac{1}{2} | \frac{-5}{2} | -\frac{5}{2} | -2.5 | -2 1/2 || 1 || \frac{21}{2} || 2 1/3 || 12/2",
    r"137 \frac{1}{2} | 137.5 | 137\frac12 | \frac{275}{2} | 137 1/2 | 137 + 1/2 || 1371/2 || 137 || 138.5",
    r"\sqrt{8} | 2\sqrt{2} | 2 \sqrt 2 | 2\sqrt2 | 8^{1/2} | \sqrt[2]{8} | 2^{3/2} | 2^{1.5} | \sqrt 8 | \frac{4}{\sqrt{2}} | \sqrt{4}\sqrt{2} || 2.83 || 2\sqrt{3} || \sqrt{2} || 8",
    r"\sqrt{8} | 2.8284271 || 2.828428 || 2.8284",
    r"4\sqrt(2) | 4\sqrt{2} | \sqrt{32} || 4 || 8 || 4\sqrt{3}",
    r"\sqrt[3]{4} | 4^{1/3} | 4^{\frac13} | 2^{2/3} | \sqrt[3]{2^2} || \sqrt{4} || \sqrt[4]{3} || 4^{3} || 3\sqrt{4}",
    r"\sqrt{3+2\sqrt{2}} | 1+\sqrt{2} | \sqrt{2}+1 | \frac{1}{\sqrt{2}-1} || \sqrt{2}-1 || 1-\sqrt{2} || 2\sqrt{2}",
    r"\frac{\sqrt{3}}{3} | \frac{1}{\sqrt{3}} | \frac{\sqrt3}3 | \tan 30^\circ | 3^{-1/2} || \sqrt{3} | \frac{3}{\sqrt{3}} || \frac{\sqrt{3}}{2}",
    r"\pi | \pi^1 | 2\pi/2 | \frac{2\pi}{2} || \frac{22}{7} || 3.14 || 2\pi || 180",
    r"-\frac{\pi}{6} | -\pi/6 | \frac{-\pi}{6} | \frac{\pi}{-6} | -\frac16\pi || \frac{\pi}{6} || -\frac{6}{\pi} || -\frac{\pi}{3}",
    r"A = 5\pi | 5\pi | 5 \pi | \pi \cdot 5 | 5\pi \text{ cm}^2 | A=5\pi\text{ square units} || 5 || \pi^5 || 25\pi || 5 + \pi",
    r"e | \exp(1) | e^1 | \exp 1 || 2.72 || e^2 || 1",
    r"\ln 2 | \log_e 2 | \ln(2) | \frac{\ln 4}{2} | -\ln\frac{1}{2} || \log_{10} 2 || \ln 3 || 2 || \ln\frac{1}{2}",
    r"\log_2 8 | 3 | \log_{2}(8) | \frac{\log 8}{\log 2} | \log_{10} 1000 || 4 || \log_8 2 || 8",
    r"\sin 30^\circ | \frac{1}{2} | \sin\frac{\pi}{6} | \cos 60^\circ | \sin(\pi/6) | \cos\frac{\pi}{3} | \sin(30^{\circ}) || \sin 60^\circ | \frac{\sqrt{3}}{2} || \sin 30",
    r"2^{10} | 1024 | 4^5 | 32^2 | 2^{9}+2^{9} || 1023 || 2^{9} || 20 || 2^{11}",
    r"10! | 3628800 | 10\cdot 9! | 10 \times 9 \times 8! || 3628801 || 9! || 10",
    r"100! | 99!\cdot 100 || 100!+1 || 99! || 101!",
    r"10^{100} | (10^{50})^2 || 10^{100}+1 || 10^{99} || 0",
    r"\binom{10}{3} | 120 | {10 \choose 3} | \binom{10}{7} | C(10,3) | _{10}C_3 | \mathrm{C}_{10}^{3} | \dbinom{10}{3} | {}_{10}C_{3} | {}^{10}C_3 || 121 || \binom{10}{4} | C(10,4) || 720 | _{10}P_3 || P(10,3) || \mathrm{P}_{10}^{3} || A_{10}^{3}",
    r"2022_6 | 2022_{6} | 446_{10} || 2022 || 2022_7 || 2023_6 || 2022_5",
    r"4210_5 | 4210_{5} | 4210_{\text{five}} | 555 || 4210 || 4210_6 || 4211_5",
    r"11,\! 111,\! 111,\! 100 | 11111111100 | 11,111,111,100 | 11{,}111{,}111{,}100 || 1111111100 || 11111111101",
    r"\frac{\frac{1}{2}}{3} | \frac{1}{6} | \frac{1/2}{3} | \frac{1}{2 \cdot 3} || \frac{1}{\frac{2}{3}} | \frac{3}{2} || \frac{2}{3}",
    r"\lfloor 3.7 \rfloor | 3 | \lfloor\pi\rfloor | \lceil 2.1 \rceil || 4 || 3.7",
    r"0.1\overline{6} | \frac{1}{6} | 0.1\bar{6} || 0.16 || 0.\overline{16} | \frac{16}{99}",
    r"0.\overline{16} | \frac{16}{99} | .\overline{16} || \frac{16}{100} || 0.1\overline{6}",
    r"0 | -0 | 0.0 | \frac{0}{5} || 1 || -1 || 10",
    # Units, money, percentages, times, words.
    r"9\% | 9 \text{ percent} | 9\text{%} | 9\text{\%} | 9 percent | 9 \% | 9\text{ percent} || 900\% || 90 || 0.9",
    r"0.09 | \frac{9}{100} | .09 | 0.090 || 9 | 900\% || 0.9",
    r"33.\overline{3}\% | 33\frac{1}{3}\% | \frac{100}{3}\% || 33\% || 33.3\%",
    r"36 | \$36 | 36\$ | 36 \text{ dollars} | 36.00 | \text{\$36} | 36 dollars | \$36.00 | \text{36} || 63 || 36.01 || 3600 || \$36.50",
    r"5.5 | \$5.50 | 5.50 dollars | 5.50 | \$5.5 | 5.50\text{ dollars} | \frac{11}{2} || \$5.05 || 550 || 5",
    r"\frac{1}{2}\text{ hour} | \frac12 \text{ hours} | 0.5\text{ hours} | 0.5 | \frac12 || 2\text{ hours} || 30 || 1.5",
    r"25^\circ C | 25^\circ\text{C} | 25^{\circ}\mathrm{C} | 25^\circ | 25 || 77 || 26^\circ C || 52",
    r"864 \mbox{ inches}^2 | 864 | 864\text{ in}^2 | 864 square inches | 864 \text{ cm}^2 || 864^2 || 865 || 8642",
    r"12:00 | 12 : 00 || 12:30 || 12:05 || 1:00 || 11:00",
    r"7 \text{ p.m.} | 7:00 \text{ PM} | 7 PM | 7:00 p.m. || 7 \text{ a.m.} | 7:00 AM || 7 || 8 \text{ p.m.}",
    r"12:00 \text{ PM} | 12:00 \text{ pm} | 12:00\text{ p.m.} | 12:00 PM || 1:00 \text{ PM} || 12:00 \text{ AM} || 12:30 \text{ PM}",
    r"\text{noon} | noon || \text{midnight} || 12",
    r"3:4 | \frac{3}{4} | 3 : 4 | 0.75 | 3/4 | 6:8 || 4:3 | \frac{4}{3} || 34 || 3",
    r"\text{3 to 4} | 3\text{ to }4 || \text{4 to 3} || 34",
    r"3^{\text{rd}} | 3^{rd} | 3\text{rd} | 3 || 4^{\text{th}} || 3^2 || 2^{\text{nd}}",
    r"\text{even} | even | Even | \textbf{even} | \mathrm{even} | \text{ even } || \text{odd} | odd || \text{uneven}",
    r"\text{(C)} | (C) | C | \text{C} | \textbf{(C)} | \mathrm{(C)} || (B) | B | \text{B} || (D)",
    r"\text{Evelyn} | Evelyn | evelyn | \mathrm{Evelyn} || \text{Eve} || \text{Evan} || Carla",
    r"\text{May 5} | May 5 || May 6 || June 5",
    r"\text{yes} | Yes | \textbf{Yes} || \text{no} | No",
    r"\infty | +\infty | \text{infinity} | infinity || -\infty | -\text{infinity} || 0 || 10^{100}",
    r"\emptyset | \varnothing | \{\} || 0 | \{0\} || 1",
    # Sets, tuples, intervals.
    r"\{1,2\} | \{2,1\} | \{1,2,2\} || (2,1) || \{1,3\} || \{1,2,3\} || \{1\}",
    r"(1,2) | \left(1,2\right) | (1, 2) | ( 1 , 2 ) | (x,y)=(1,2) | \left( \frac{2}{2}, 2 \right) | (1.0,2) || (2,1) | (x,y)=(2,1) || \{1,2\} || (1,2,3) || (1,3) || [1,2] || (-1,2)",
    r"1,2 | 2,1 | 1 and 2 | 1 \text{ and } 2 | 1 \text{ or } 2 | x=1,2 | x=1 \text{ or } x=2 | x=1, x=2 | \{1,2\} | 1;2 || 12 || 1 || 1,3 | x=1 \text{ or } x=3 || 1,2,3",
    r"x=1, y=2 | y=2, x=1 | x = 1 \text{ and } y = 2 || x=2, y=1 || x=1, y=3 || x=1 || x=1, z=2",
    r"(1,2,3) | (1, 2, 3) | \left(1,2,3\right) | \langle 1,2,3\rangle | \begin{pmatrix}1\\2\\3\end{pmatrix} || (3,2,1) || (1,2) || \{1,2,3\} || (1,2,4)",
    r"(0.5,-1.25) | \left(\frac{1}{2},-\frac{5}{4}\right) | (\frac12, -1\frac14) | (.5, -1.250) || (-1.25,0.5) || (0.5,1.25) || (5,-1.25)",
    r"(3, \frac{\pi}{2}) | \left(3,\frac{\pi}{2}\right) | (3,\pi/2) | (3,0.5\pi) || (\frac{\pi}{2},3) || (3,\frac{\pi}{4}) || (-3,\frac{\pi}{2})",
    r"[0,1) | [0, 1) | \left[0,1\right) | 0 \le x < 1 | 0\leq x<1 | x \in [0,1) | 1 > x \ge 0 || (0,1) || [0,1] | 0 \le x \le 1 || (0,1] || [0,2)",
    r"(-\infty,2)\cup(3,\infty) | (-\infty, 2) \cup (3, \infty) | (3,\infty)\cup(-\infty,2) | x<2 \text{ or } x>3 | x \in (-\infty,2)\cup(3,\infty) || (-\infty,2] \cup [3,\infty) || (2,3) || (-\infty,2)\cap(3,\infty) || x<2 \text{ or } x>4",
    r"(-\infty,2)\cup(3,\infty) | \mathbb{R} \setminus [2,3] || \mathbb{R} \setminus (2,3) || \mathbb{R}",
    r"[1,2]\cup\{5\} | \{5\}\cup[1,2] | [1, 2] \cup \{ 5 \} || [1,2] || [1,5] || (1,2)\cup\{5\}",
    r"(3,\infty) | x>3 | 3<x | x \in (3,\infty) | (3, +\infty) || x\ge 3 | [3,\infty) || x < 3 | (-\infty,3) || (-3,\infty)",
    r"x>3 | 3<x | x \in (3,\infty) | 2x>6 | x-3>0 || y>3 | y \in (3,\infty) | 2y>6 | 3<y || x\ge 3 || x < 3 || 2x>3",
    r"y>3 | 2y>6 | y \in (3,\infty) | 3<y || x>3 | 2x>6 || y<3",
    r"0 \le x < 1 | x \in [0,1) | 1 > x \ge 0 || 0 \le y < 1 | y \in [0,1) || 0 < x < 1 || x \in [0,1]",
    r"-2 \le x \le 7 | x \in [-2,7] | x\in[-2, 7] | -2\leq x\leq 7 | 7 \ge x \ge -2 || y\in[-2,7] | -2 \le y \le 7 || -2 < x < 7 || x \in [-2,7)",
    r"0 < x < 2 \text{ or } x > 5 | x \in (0,2) \cup (5,\infty) || 0<y<2 \text{ or } y>5 || (0,2)\cup[5,\infty) || 0 < x < 2",
    r"x>1 \text{ and } x<3 | 1<x<3 || \mathbb{R} || x>1 || y>1 \text{ and } y<3",
    r"x^2 \equiv 1 \pmod{8} | x^{2} \equiv 9 \pmod{8} || x^2 \equiv 1 \pmod{7} || x \equiv 1 \pmod{8}",
    r"3 \pmod{7} || 3 \pmod{8} || 4 \pmod{7}",
    r"x \ne 2 | x \neq 2 | x\ne2 | 2 \ne x || x \ne 3 || y \ne 2 || x = 2 | 2",
    r"k \in \mathbb{Z} | k\in\mathbb{Z} || k \in \mathbb{N} || n \in \mathbb{Z} || k",
    r"\mathbb{R} | (-\infty,\infty) | x\in\mathbb{R} | (-\infty, +\infty) || \mathbb{Z} || \mathbb{Q} || (0,\infty)",
    r"\frac{\pi}{4}+k\pi, k \in \mathbb{Z} | \frac{\pi}{4} + k\pi, k\in\mathbb{Z} | \frac{\pi}{4} + k \pi , \; k \in \mathbb{Z} || \frac{\pi}{4}+2k\pi, k \in \mathbb{Z} || \frac{\pi}{3}+k\pi, k \in \mathbb{Z}",
    r"\{x \mid x > 3\} | \{ x \mid x > 3 \} | \{x: x > 3\} | x > 3 | (3,\infty) || \{x \mid x > 4\} || \{x \mid x < 3\}",
    r"x \equiv 3 \pmod{7} | x\equiv 3\pmod 7 | x \equiv 3 \pmod{ 7 } || x \equiv 4 \pmod{7} || x \equiv 3 \pmod{8} || y \equiv 3 \pmod{7}",
    r"1 \pm \sqrt{19} | 1+\sqrt{19}, 1-\sqrt{19} | 1-\sqrt{19},1+\sqrt{19} | \{1+\sqrt{19},1-\sqrt{19}\} | 1\pm\sqrt{19} | x=1\pm\sqrt{19} || 1 + \sqrt{19} || 1 \pm \sqrt{18} || -1 \pm \sqrt{19}",
    r"\{1\pm\sqrt{5},-2\} | \{-2, 1+\sqrt{5}, 1-\sqrt{5}\} | -2, 1\pm\sqrt{5} || \{1+\sqrt5,1-\sqrt5\} || \{1\pm\sqrt{5},2\} || \{1\pm\sqrt{6},-2\}",
    # Expressions and equations.
    r"x^2+2x+1 | (x+1)^2 | 1+2x+x^2 | (1+x)(x+1) | x(x+2)+1 | f(x)=x^2+2x+1 | x^{2} + 2x + 1 || x^2+2x+2 || y^2+2y+1 || (x-1)^2 || (x+1)^3 || X^2+2X+1",
    r"f(x) = 2x+3 | 2x+3 | f(x)=3+2x || 2x-3 || 3x+2 || f(x) = 2y+3",
    r"3x+2 | 2+3x | 3 x + 2 | 3\cdot x+2 | y=3x+2 | 3*x+2 || 3x-2 || 3y+2 || 5x || 3X+2",
    r"(x-1)(x+2)(x-3) | (x+2)(x-3)(x-1) | x^3-2x^2-5x+6 | (x - 1)(x + 2)(x - 3) || (x+1)(x+2)(x-3) || (x-1)(x-2)(x-3)",
    r"\frac{x+1}{x-1} | 1+\frac{2}{x-1} | \frac{1+x}{-1+x} | \frac{-x-1}{1-x} | (x+1)/(x-1) || \frac{x-1}{x+1} || \frac{x+1}{1-x}",
    r"-\frac{b}{a} | \frac{-b}{a} | \frac{b}{-a} | -b/a | -b a^{-1} || \frac{b}{a} || -\frac{a}{b} || -\frac{b}{c}",
    r"\frac{-b \pm \sqrt{b^2-4ac}}{2a} | \frac{-b+\sqrt{b^2-4ac}}{2a}, \frac{-b-\sqrt{b^2-4ac}}{2a} || \frac{b \pm \sqrt{b^2-4ac}}{2a} || \frac{-b \pm \sqrt{b^2+4ac}}{2a}",
    r"\tan x | \frac{\sin x}{\cos x} | \tan(x) | \frac{1}{\cot x} || \cot x || \tan y || \sin x",
    r"\sin^2 x | 1-\cos^2 x | (\sin x)^2 | \frac{1-\cos 2x}{2} | \sin(x)^2 || \sin x^2 || \cos^2 x || \sin^2 y",
    r"a^2b | b a^2 | a \cdot a \cdot b | a^2 b | a^{2}b | aab || ab^2 || a^2c || ab",
    r"ab+ac | a(b+c) | ac+ab | a b + a c || ab+c || abc || a(b-c)",
    r"2k | 2 k | k\cdot 2 | k+k || 2n || k^2 || k2 | k_2 || k+2",
    r"3R^2 | 3 R^2 | R^2\cdot 3 | 3R^{2} || (3R)^2 || 3r^2 || 3R^3",
    r"x_1 | x_{1} | x1 | x_ 1 || x_2 | x2 || x",
    r"a_{n+1} | a_{n + 1} || a_n+1 || a_n || a_{n+2}",
    r"\alpha+\beta | \beta+\alpha | \alpha + \beta || \alpha-\beta || a+b || \alpha\beta",
    r"|x-1| | \left|x-1\right| | |1-x| | \sqrt{(x-1)^2} | \lvert x-1\rvert || x-1 || |x+1| || 1-x",
    r"\frac{11+9a}{20} | \frac{9a+11}{20} | 0.55+0.45a | \frac{11}{20}+\frac{9a}{20} | (11+9a)/20 || \frac{11+9b}{20} || \frac{11-9a}{20}",
    r"x=5 | 5 | x = 5.0 | x=5 \text{ cm} | \text{x}=5 | x=10/2 | 5=x || x=6 | 6 || x=-5",
    r"x=5 || y=5",
    r"y=2x+1 | 2x-y+1=0 | y-2x=1 | 2y=4x+2 | x=\frac{y-1}{2} | y = 1+2x || y=2x-1 || y=2z+1 || y=x+1",
    r"x^2+y^2=1 | y^2+x^2=1 | 2x^2+2y^2=2 | x^2+y^2-1=0 | 1=x^2+y^2 | y^2=1-x^2 || x^2+y^2=2 || x^2-y^2=1 || x^2+z^2=1",
    r"5x - 7y + 11z + 4 = 0 | 5x-7y+11z=-4 | -5x+7y-11z-4=0 | 10x-14y+22z+8=0 || 5x - 7y + 11z - 4 = 0 || 5x+7y+11z+4=0",
    r"\frac{x^2}{4}+\frac{y^2}{9}=1 | \frac{y^2}{9}+\frac{x^2}{4}=1 | 9x^2+4y^2=36 | \frac{x^{2}}{4} + \frac{y^{2}}{9} = 1 || \frac{x^2}{9}+\frac{y^2}{4}=1 || \frac{x^2}{4}-\frac{y^2}{9}=1",
    r"2^x | 2^{x} | 4^{x/2} || x^2 || 2x || 3^x",
    r"e^{2x} | (e^x)^2 | \exp(2x) || e^{x^2} || e^x || 2e^x",
    # Matrices, complex numbers.
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{bmatrix}1&2\\3&4\end{bmatrix} | \begin{pmatrix}1.0&2\\3&4\end{pmatrix} | \begin{pmatrix} \frac{2}{2} & 2 \\ 3 & 4 \end{pmatrix} | \left[\begin{matrix}1&2\\3&4\end{matrix}\right] || \begin{pmatrix}1&2\\3&5\end{pmatrix} || \begin{pmatrix}1&3\\2&4\end{pmatrix} || \begin{vmatrix}1&2\\3&4\end{vmatrix}",
    r"\begin{pmatrix}1/2\\-1\end{pmatrix} | \begin{pmatrix}\frac12\\-1\end{pmatrix} | \begin{pmatrix}0.5\\-1\end{pmatrix} | \begin{pmatrix} \frac{1}{2} \\ -1 \end{pmatrix} || \begin{pmatrix}-1\\1/2\end{pmatrix} || \begin{pmatrix}1/2\\1\end{pmatrix}",
    r"\begin{pmatrix} \frac{1}{5} & -\frac{2}{5} \\ 0 & 1 \end{pmatrix} | \begin{pmatrix} 1/5 & -2/5 \\ 0 & 1 \end{pmatrix} | \begin{pmatrix} 0.2 & -0.4 \\ 0 & 1 \end{pmatrix} || \begin{pmatrix} \frac{1}{5} & \frac{2}{5} \\ 0 & 1 \end{pmatrix} || \begin{pmatrix} \frac{1}{5} & 0 \\ -\frac{2}{5} & 1 \end{pmatrix}",
    r"1+2i | 2i+1 | 1 + 2 i | 1+2\mathrm{i} | i(2-i) || 1-2i || 2+i || 3 || 1+2k",
    r"i | \sqrt{-1} | e^{i\pi/2} | -i^3 || -i || 1 || -1",
    r"2e^{i\pi/3} | 1+\sqrt{3}i | 1 + i\sqrt{3} | 2(\cos\frac{\pi}{3}+i\sin\frac{\pi}{3}) | 2 e^{\frac{\pi i}{3}} || 2e^{-i\pi/3} || 2e^{i\pi/6} | \sqrt{3}+i",
]


def families():
    """For each line its classes: lists of (answer, whether it is equal to all others of its class)."""
    for line in CLASSES:
        yield [
            [(answer.strip().lstrip("~"), not answer.strip().startswith("~")) for answer in group.split(" | ")]
            for group in line.split(" || ")
        ]


def pairs():
    """(gold, answer, whether they are equal in mathematics)."""
    for classes in families():
        for number, group in enumerate(classes):
            for gold, is_plain in group:
                for other, others in enumerate(classes):
                    for answer, is_plain_too in others:
                        if number != other:
                            yield gold, answer, False
                        elif gold == answer or (is_plain and is_plain_too):
                            yield gold, answer, True
