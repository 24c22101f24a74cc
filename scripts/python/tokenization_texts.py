"""Texts to compare tokenisers on: known traps, and random strings that mix scripts, marks, spaces and symbols."""

import unicodedata

# Enough prose in enough scripts to train vocabularies of a few hundred entries. Written for this purpose.
TRAINING = """
Let us find every real number x with x^2 - 5x + 6 = 0. First I factor the left side: (x - 2)(x - 3) = 0.
So the answer is x = 2 or x = 3. Wait, let me check: 2 * 2 - 10 + 6 = 0, and that's right.

The problem asks for the number of ways to choose 3 of 12 students. That is 12 * 11 * 10 / 6 = 220.
We're done if nobody can be chosen twice; they'll see that it doesn't change the answer. I'd say it's \\boxed{220}.

Hmm, what if the triangle isn't right-angled? Then we can't use a^2 + b^2 = c^2, and we've got to compute the angle.
The sum of the first 100 numbers is 100 * 101 / 2 = 5050. Therefore the mean is 50.5, which the problem wants.

def solve(value):
    total = 0
    for index in range(value):
        total += index * index
    return total

Les élèves ont trouvé la réponse après une journée entière: naïve, mais exacte. Où est le problème?
Die Lösung der Gleichung heißt größer als fünf. Überall gilt dieselbe Regel für jede natürliche Zahl.
Решение задачи начинается с простого уравнения. Ответ: двадцать пять.
Η λύση του προβλήματος είναι απλή. Το άθροισμα είναι πέντε.
数学の問題を解く。答えは四十二です。问题的答案是四十二。我们先看第一个问题。
문제의 답은 사십이입니다. 먼저 첫 번째 식을 보자.
प्रश्न का उत्तर बयालीस है। คำตอบคือสี่สิบสอง حل المسألة هو خمسة פתרון הבעיה הוא חמש
∑ i² ≤ n³ ⟹ x ∈ ℝ, √2 ≈ 1.414, π ≈ 3.1416, 90° ± 5°, α + β = γ 👍 🎉
""".strip()

TRAPS = [
    "",
    " ",
    "  ",
    "Hello world",
    "the answer is the problem",
    "Hello  world   and    more     ",
    "  leading, trailing  ",
    "a\r\nb\n\rc\r\r d\n \n e",
    "\n\n",
    "x\n\n\ny \n\n z\t\n",
    "\t\tdef f():\n\t\treturn 1\n",
    "I'm we'LL they'Re IT'S don't 'twas o'clock'd ''s",
    "it'\u017f 'S\u017f 're're",
    "it\u2019s \u2018quoted\u2019",
    "12345 1234567 3.14159 -7 1,000,000",
    "\u0663\u0664\u0665 x\u00b2 \u00bd \u2167 \u2460 \u0967\u0968 \U0001d7d8\U0001d7d9",
    "a\u0085b\u00a0c\u1680d\u180ee\u200bf\u2028g\u202fh\u205fi\u3000j\u001ck",
    " \u00a0 \u3000 \u2003x \u0085 \u200b y",
    "\u08d3\u0301 e\u1df6\u0301 \U00011935\U00011930 a\u0327\u0301 a\u0301\u0327",
    "\u00c5 \u212b A\u030a \ufb01 \u2460 \u1e9b\u0323 \u0344 \u0958 \u2126",
    "\u1112\u1161\u11ab\uae00 \u1100\u1161 \uac00\u11a8 \uac01 \u1161\u11a8",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \u2764\ufe0f",
    "\u6570\u5b66\u306e\u554f\u984c\u306f\u56db\u5341\u4e8c\u3067\u3059\u3002\u30ab\u30bf\u30ab\u30ca\uff71\uff72\uff01",
    "\u0e04\u0e33\u0e15\u0e2d\u0e1a \u0915\u094d\u0937\u093f \u0627\u0644\u0645\u0650\u0633 \u05e4\u05e8\u05d5\u05df",
    "na\u00efve caf\u00e9 cafe\u0301 \u00c9COLE Stra\u00dfe \u1e9e \u0130\u0131 \u03a3\u03c3\u03c2 \u01c5",
    "\u0000\u0001\u001f\u007f\u009f\ufeff\ufffd\uffff",
    "\ue000\U000f0000\U0010ffff\U0001e030\U00010d50\U0001cc00\u0378",
    "\u2211_{i=1}^n i\u00b2 \u2264 \u00bd\u00b7n(n+1) \u27f9 x \u2208 \u211d\\{0}",
    "\\boxed{\\frac{1}{2}} $x^2$ <think>\nyes</think>\n\n\\[ \\]",
    "....!!!\n\n??\r\n//// --==++ _a_b_ #1 @x",
    "foo_bar fooBar HTTPServer's XMLHttp\u00c9t\u00e9 aB",
    "\u2581literal \u2581\u2581 \u0120\u010a\u0109 ## </w> <0x41>",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "                         x",
]

POOLS = [
    "abcdefghijklmnopqrstuvwxyz",
    "etaoinshrdlu   ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
    "          \n\n\t\r",
    "\n\r \t\u000b\u000c\u0085\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
    "\u180e\u200b\u200c\u200d\u2060\ufeff\u001c\u001d\u001e\u001f\u0000\u0007\u007f\u0090\u00ad",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "'''\u2019sStTmMdDlLvVrReE\u017f",
    "\u0300\u0301\u0302\u0303\u0308\u030a\u0323\u0327\u0328\u0331\u0334\u0338\u0345\u035c\u0360\u20dd\u20d2",
    "\u00e0\u00e9\u00ee\u00f5\u00fc\u00e5\u00df\u00e6\u0133\u0149\u01c4\u01c5\u01c6\u0130\u0131\ufb01\ufb03\u1e9e\u212a\u212b",
    "\u0410\u0411\u0432\u0433\u0451\u0439\u0457\u045e\u0483\u1c80\u1c88\ua640",
    "\u03b1\u03b2\u03b3\u03ac\u03ca\u0390\u1f80\u1fb3\u1fbc\u03c2\u03c3\u03a3\u037a\u0385",
    "\u05d0\u05d1\u05bc\u05c1\u05b0\u0627\u0628\u064e\u0651\u0640\u08d3\u08e3\u061c\u06dd\ufdfa\ufefb",
    "\u0915\u094d\u0937\u093c\u093f\u0958\u09cb\u09c7\u09be\u0b4b\u0bca\u0dda\u0e33\u0e48\u0eb3\u0f73\u0f71\u0f72",
    "\u4e00\u4e8c\u6570\u5b66\u9fa5\u9fa6\u3400\uf900\ufa0e\u3007\u3005\u2f00\u2e80\U00020000\U0002f800\U000323af",
    "\u3042\u304b\u3099\u304c\u30ab\u30ac\u309a\u30fc\uff76\uff9e\u3131\u1100\u1161\u11a8\u11a7\u1112\u1175\u11c2"
    "\uac00\uac01\ud7a3\u1f6f",
    "\u00b2\u00b3\u00b9\u00bc\u00bd\u2070\u2160\u2167\u2188\u2460\u24ea\u0660\u0967\u0e51\uff11\U0001d7ce\U00010107\U0001fbf0",
    "\u2211\u220f\u222b\u2264\u2260\u2261\u2208\u211d\u2102\u221a\u221e\u00b1\u00d7\u00f7\u00b0\u2032\u2192\u27f9\U0001d400\U0001d552",
    "\U0001f600\U0001f44d\U0001f3fd\U0001f469\U0001f467\u200d\ufe0f\u2764\U0001f1e9\U0001f1ea\U0001fae0\U0001f9d1\u20e3",
    "\u1df6\u1dfb\u0898\u08ca\u1abf\U00011935\U00011930\U00011938\U00010d24\U00010d69\U0001e030\U0001e08f\U0001cc00\U0001e4ec\u2c2f\ua7c0",
    "\ue000\uf8ff\U000f0000\U0010ffff\ufffe\uffff\ufffd\u0378\U0003134f\U000e0001\U000e0041\U000e0100",
    "\u2581\u0120\u010a\u0100\u0143\u00c4\u0142",
]
WORDS = "the answer is problem number we're x = 12 . , \n\n \\boxed{ } + ^ Wait Hmm so that's (a - b) 100 \u2208".split(
    " "
)


def _assigned():
    return [c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn"]


_all = []


def random_text(generator, pieces=(), longest=8):
    """A random string: a few stretches, each from one pool, from `pieces` (added tokens), or from all of Unicode."""
    if not _all:
        _all.extend(_assigned())
    out = []
    for _ in range(generator.randrange(1, longest)):
        kind = generator.random()
        if pieces and kind < 0.25:
            out.append(generator.choice(pieces))
        elif kind < 0.4:
            out.append(" ".join(generator.choice(WORDS) for _ in range(generator.randrange(1, 5))))
        elif kind < 0.46:
            out.append("".join(chr(generator.choice(_all)) for _ in range(generator.randrange(1, 5))))
        elif kind < 0.50:
            out.append(generator.choice("a 0\n\r!'\u4e00\u0301\u3000") * generator.randrange(1, 24))
        else:
            pool = generator.choice(POOLS)
            out.append("".join(generator.choice(pool) for _ in range(generator.randrange(1, 7))))
        if generator.random() < 0.3:
            out.append(" ")
    return "".join(out)
