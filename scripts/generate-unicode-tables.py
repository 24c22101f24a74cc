#!/usr/bin/env python3
"""Write Sources/Tokenization/Unicode/*.swift from what the oracle does.

The oracle is the Python package `tokenizers` (version below). It mixes three generations of Unicode: the classes of
its Oniguruma, the tables of Rust's standard library and `regex` crate, and the much older tables of its normalisers.
None of them is published as data, so every code point is probed through the public API of the package.

    scripts/generate-unicode-tables.py [--output DIR] [--strings 300000] [--check]

--check writes nothing and fails when a file on disk differs. The derived normalisation tables are verified against
the oracle on --strings random strings before anything is written.
"""

import argparse
import pathlib
import random
import sys
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

ORACLE = "0.23.3"
WIDTH = 110
SURROGATES = range(0xD800, 0xE000)
CODE_POINTS = [c for c in range(0x110000) if c not in SURROGATES]

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn".split()
# No category letter is a hexadecimal digit, so that a run needs no separator.
LETTERS = "ghijklmnopqrstuvwxyzGHIJKLMNOP"

# The usual ones, and those that gained members or came up after Unicode 14.
SCRIPTS = """
    Han Hiragana Katakana Hangul Latin Cyrillic Greek Arabic Hebrew Thai Devanagari Balinese Common
    Egyptian_Hieroglyphs Garay Gurung_Khema Kannada Kawi Khitan_Small_Script Khojki Kirat_Rai Lao Myanmar Nag_Mundari
    Ol_Onal Sunuwar Todhri Tulu_Tigalari Emoji Emoji_Presentation Ideographic Unified_Ideograph
""".split()

L_BASE, V_BASE, T_BASE, S_BASE = 0x1100, 0x1161, 0x11A7, 0xAC00
L_COUNT, V_COUNT, T_COUNT = 19, 21, 28
S_COUNT = L_COUNT * V_COUNT * T_COUNT


# Probing ------------------------------------------------------------------------------------------------------------


def matched(splitter):
    """The code points that a splitter with behaviour `removed` takes out of a text holding all of them in order."""
    text = "".join(map(chr, CODE_POINTS))
    left = bytearray(len(text))
    for _, (start, end) in splitter.pre_tokenize_str(text):
        left[start:end] = b"\1" * (end - start)
    return {c for index, c in enumerate(CODE_POINTS) if not left[index]}


def oniguruma(pattern):
    return matched(pre_tokenizers.Split(Regex(pattern), "removed"))


def categories():
    table = {}
    for name in CATEGORIES:
        if name == "Cs":
            continue
        for c in oniguruma(rf"\p{{{name}}}+"):
            if c in table:
                sys.exit(f"U+{c:04X} is in {table[c]} and in {name}")
            table[c] = name
    missing = [c for c in CODE_POINTS if c not in table]
    if missing:
        sys.exit(f"no category for U+{missing[0]:04X} and {len(missing) - 1} others")
    for group in "LMNPSZC":
        union = {c for c, name in table.items() if name[0] == group}
        if oniguruma(rf"\p{{{group}}}+") != union:
            sys.exit(f"\\p{{{group}}} is not the union of its categories")
    for c in SURROGATES:
        table[c] = "Cs"
    return table


def other_properties():
    """What the categories leave out of three properties; the rules that give all other POSIX classes are checked."""
    names = "L M P S Z Lu Ll Nd Nl Pc Zs Cc Cn Alphabetic Uppercase Lowercase".split()
    has = {name: oniguruma(rf"\p{{{name}}}+") for name in names}
    alphabetic, upper, lower = has["Alphabetic"], has["Uppercase"], has["Lowercase"]
    graph = set(CODE_POINTS) - has["Z"] - has["Cc"] - has["Cn"]
    word = alphabetic | has["M"] | has["Nd"] | has["Pc"]
    latin1_numbers = {0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE}
    rules = {
        "alpha": alphabetic,
        "upper": upper,
        "lower": lower,
        "alnum": alphabetic | has["Nd"],
        "digit": has["Nd"],
        "graph": graph,
        "print": graph | has["Zs"],
        "punct": has["P"],
        "word": word,
    }
    for name, points in rules.items():
        bracket = points | has["S"] if name == "punct" else points
        alone = points | latin1_numbers if name == "word" else points
        forms = {
            rf"\p{{{name}}}+": alone,
            rf"[\p{{{name}}}]+": points,
            rf"[[:{name}:]]+": bracket,
            rf"[^[:^{name}:]]+": bracket,
        }
        for pattern, expected in forms.items():
            if oniguruma(pattern) != expected:
                sys.exit(f"{pattern} is not what UnicodeClasses.swift makes of its categories")
    shorthands = {r"\w+": word | latin1_numbers, r"[\w]+": word, r"\d+": has["Nd"], r"[\d]+": has["Nd"]}
    for pattern, expected in (shorthands | {r"\p{Assigned}+": set(CODE_POINTS) - has["Cn"]}).items():
        if oniguruma(pattern) != expected:
            sys.exit(f"{pattern} is not what UnicodeClasses.swift makes of its categories")
    others = {
        r"[\p{Posix_Punct}]+": has["P"] | has["S"],
        r"\p{LC}+": has["Lu"] | has["Ll"] | oniguruma(r"\p{Lt}+"),
        r"\p{Cased_Letter}+": oniguruma(r"\p{LC}+"),
        r"\p{Combining_Mark}+": has["M"],
    }
    for pattern, expected in others.items():
        if oniguruma(pattern) != expected:
            sys.exit(f"{pattern} is not what UnicodeClasses.swift makes of its categories")
    yield "Alphabetic", alphabetic - has["L"] - has["Nl"], "L and Nl"
    yield "Uppercase", upper - has["Lu"], "Lu"
    yield "Lowercase", lower - has["Ll"], "Ll"


def numeric():
    """char::is_numeric: a digit is cut off from the letters around it."""
    found = set()
    digits = pre_tokenizers.Digits(individual_digits=True)
    for first in range(0, len(CODE_POINTS), 4096):
        part = CODE_POINTS[first : first + 4096]
        text = "a" + "a".join(map(chr, part)) + "a"
        for piece, (start, end) in digits.pre_tokenize_str(text):
            if end - start == 1 and start % 2 == 1:
                found.add(ord(piece))
    return found


def with_added_token(texts, **flags):
    """Encodings of texts by a tokenizer whose only added token is Q (id 1)."""
    oracle = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    oracle.add_tokens([AddedToken("Q", normalized=False, **flags)])
    for first in range(0, len(texts), 65536):
        yield from oracle.encode_batch(texts[first : first + 65536], add_special_tokens=False)


def regex_word():
    before = with_added_token([chr(c) + "Q" for c in CODE_POINTS], single_word=True)
    after = with_added_token(["Q" + chr(c) for c in CODE_POINTS], single_word=True)
    left = {c for c, e in zip(CODE_POINTS, before) if 1 not in e.ids}
    right = {c for c, e in zip(CODE_POINTS, after) if 1 not in e.ids}
    # "QQ" is two matches: the first rejects itself because a word character follows, the second because one precedes.
    if left != right:
        sys.exit(f"\\w differs before and after the token: {sorted(left ^ right)[:8]}")
    return left


def regex_space():
    before = with_added_token(["a" + chr(c) + "Q" for c in CODE_POINTS], lstrip=True)
    after = with_added_token(["Q" + chr(c) + "a" for c in CODE_POINTS], rstrip=True)
    left = {c for c, e in zip(CODE_POINTS, before) if c != ord("Q") and e.offsets[e.ids.index(1)][0] == 1}
    right = {c for c, e in zip(CODE_POINTS, after) if c != ord("Q") and e.offsets[e.ids.index(1)][1] == 2}
    if left != right:
        sys.exit(f"\\s differs before and after the token: {sorted(left ^ right)[:8]}")
    return left


def mapping(normalizer):
    return {c: m for c in CODE_POINTS if (m := normalizer.normalize_str(chr(c))) != chr(c)}


def white_space():
    stripped = {c for c, m in mapping(normalizers.Strip()).items() if m == ""}
    if stripped != matched(pre_tokenizers.WhitespaceSplit()):
        sys.exit("Strip and WhitespaceSplit disagree about white space")
    return stripped


# Normalisation --------------------------------------------------------------------------------------------------------


class Normalization:
    """The oracle's tables, and the algorithm of Unicode annex 15 over them."""

    def __init__(self):
        nfd, nfkd, nfc = (f().normalize_str for f in (normalizers.NFD, normalizers.NFKD, normalizers.NFC))
        syllables = range(S_BASE, S_BASE + S_COUNT)
        canonical, compatibility = mapping(normalizers.NFD()), mapping(normalizers.NFKD())
        self.canonical, self.compatibility, self.compositions, self.classes = {}, {}, {}, {}
        for c in syllables:
            expected = self.hangul(c)
            if canonical.pop(c) != expected or compatibility.pop(c) != expected:
                sys.exit(f"U+{c:04X} is not decomposed by the Hangul rule")
        self.canonical = canonical
        self.compatibility = {c: m for c, m in compatibility.items() if canonical.get(c) != m}
        for c in canonical:
            if c not in compatibility:
                sys.exit(f"U+{c:04X} has a canonical decomposition only")

        pairs = {}
        for c, whole in canonical.items():
            if len(whole) > 1 and len(head := nfc(whole[:-1])) == 1:
                pairs[head + whole[-1]] = c
        for c in CODE_POINTS:
            fields = unicodedata.decomposition(chr(c)).split()
            if len(fields) == 2 and not fields[0].startswith("<"):
                pairs["".join(chr(int(f, 16)) for f in fields)] = c
        for pair, c in pairs.items():
            if nfc(pair) == chr(c):
                self.compositions[pair] = c

        for c in CODE_POINTS:
            value = unicodedata.combining(chr(c))
            if value == 0:
                continue
            # A mark that the oracle knows changes places with one of a lower class, or of a higher one before it.
            low, high = "\u0334" + chr(c), chr(c) + "\u0301"
            if value > 1 and nfd(chr(c) + "\u0334") == nfd(low) or value < 230 and nfd("\u0301" + chr(c)) == nfd(high):
                self.classes[c] = value
        self.oracles = {
            "NFC": nfc,
            "NFD": nfd,
            "NFKC": normalizers.NFKC().normalize_str,
            "NFKD": nfkd,
        }

    @staticmethod
    def hangul(c):
        index = c - S_BASE
        parts = [L_BASE + index // (V_COUNT * T_COUNT), V_BASE + index // T_COUNT % V_COUNT]
        if index % T_COUNT:
            parts.append(T_BASE + index % T_COUNT)
        return "".join(map(chr, parts))

    def decompose(self, text, compatibility):
        out = []
        for character in text:
            c = ord(character)
            if S_BASE <= c < S_BASE + S_COUNT:
                out.extend(self.hangul(c))
            elif compatibility and c in self.compatibility:
                out.extend(self.compatibility[c])
            else:
                out.extend(self.canonical.get(c, character))
        first = 0
        while first < len(out):
            last = first
            while last < len(out) and ord(out[last]) in self.classes:
                last += 1
            out[first:last] = sorted(out[first:last], key=lambda m: self.classes[ord(m)])
            first = last + 1
        return "".join(out)

    def pair(self, a, b):
        x, y = ord(a), ord(b)
        if L_BASE <= x < L_BASE + L_COUNT and V_BASE <= y < V_BASE + V_COUNT:
            return chr(S_BASE + ((x - L_BASE) * V_COUNT + y - V_BASE) * T_COUNT)
        if S_BASE <= x < S_BASE + S_COUNT and (x - S_BASE) % T_COUNT == 0 and T_BASE < y < T_BASE + T_COUNT:
            return chr(x + y - T_BASE)
        composed = self.compositions.get(a + b)
        return None if composed is None else chr(composed)

    def compose(self, text):
        out, starter, previous = [], None, 0
        for character in text:
            value = self.classes.get(ord(character), 0)
            blocked = starter is not None and starter != len(out) - 1 and previous >= value
            if starter is not None and not blocked and (whole := self.pair(out[starter], character)):
                out[starter] = whole
                continue
            if value == 0:
                starter = len(out)
            previous = value
            out.append(character)
        return "".join(out)

    def apply(self, form, text):
        text = self.decompose(text, form[2] == "K")
        return self.compose(text) if form[-1] == "C" else text

    def active(self):
        """The scalars for which NFC has anything to do: without them a text is its own NFC (see the header)."""
        made = set(self.compositions.values())
        points = set(self.classes) | {ord(pair[1]) for pair in self.compositions}
        points |= {c for c, m in self.canonical.items() if c not in made or ord(m[0]) in self.classes}
        return points | set(range(V_BASE, V_BASE + V_COUNT)) | set(range(T_BASE + 1, T_BASE + T_COUNT))

    def random_text(self, generator, pools):
        return "".join(
            chr(generator.choice(pools[generator.randrange(len(pools))])) for _ in range(generator.randrange(1, 12))
        )

    def verify(self, count):
        generator = random.Random(20240229)
        marks = [c for c in CODE_POINTS if unicodedata.combining(chr(c))]
        known = sorted(self.classes)
        pools = [
            marks,
            known,
            known,
            sorted(self.canonical),
            sorted(self.compatibility),
            [ord(character) for pair in self.compositions for character in pair],
            list(range(L_BASE, 0x1200)) + list(range(S_BASE, S_BASE + S_COUNT, 7)),
            [S_BASE, S_BASE + 28, L_BASE, V_BASE, T_BASE, T_BASE + 1, 0x1175, 0x11C2, 0x11C3, 0x1112, 0x1113],
            [c for c in CODE_POINTS if unicodedata.category(chr(c)) == "Cn" and c < 0x20000],
            list(range(0x20, 0x250)),
            CODE_POINTS,
        ]
        active = self.active()
        for number in range(count):
            text = self.random_text(generator, pools)
            for form, oracle in self.oracles.items():
                if self.apply(form, text) != oracle(text):
                    sys.exit(f"{form} differs on {text.encode('unicode_escape').decode()} (string {number})")
            quiet = "".join(character for character in text if ord(character) not in active)
            if self.oracles["NFC"](quiet) != quiet:
                sys.exit(f"NFC changes {quiet.encode('unicode_escape').decode()} (string {number})")


# Writing --------------------------------------------------------------------------------------------------------------


def runs(points):
    """Consecutive code points as (start, length)."""
    out = []
    for c in sorted(points):
        if out and out[-1][0] + out[-1][1] == c:
            out[-1][1] += 1
        else:
            out.append([c, 1])
    return out


def ranges(points):
    return [f"{start:x}+{length:x};" for start, length in runs(points)]


def hexes(text):
    return " ".join(f"{ord(character):x}" for character in text)


def constant(name, entries, comment):
    lines, line = [], ""
    for entry in entries:
        if line and len(line) + len(entry) > WIDTH:
            lines.append(line)
            line = ""
        line += entry
    lines.append(line)
    # A trailing space would be lost to readers and editors; entries never end a line with one.
    body = "\\\n".join("        " + text for text in lines)
    return f'    /// {comment}\n    static let {name}: StaticString = """\n{body}\n        """\n'


def swift(enum, header, constants):
    top = [
        "// swift-format-ignore-file",
        f"// Generated by scripts/generate-unicode-tables.py from tokenizers {ORACLE}; do not edit.",
        "//",
    ]
    top += [("// " + line).rstrip() for line in header.strip("\n").split("\n")]
    return "\n".join(top) + f"\n\nenum {enum} {{\n" + "\n".join(constants) + "}\n"


RANGES = """
Format of a list of ranges: entries `start+length;`, both in lower-case hexadecimal, ascending, neither overlapping
nor touching.
"""


def general_category_file():
    table = categories()
    entries, previous, length = [], None, 0
    for c in range(0x110000):
        if table[c] != previous:
            if previous:
                entries.append(f"{length:x}{LETTERS[CATEGORIES.index(previous)]}")
            previous, length = table[c], 0
        length += 1
    entries.append(f"{length:x}{LETTERS[CATEGORIES.index(previous)]}")
    legend = [f"{letter} {name}" for letter, name in zip(LETTERS, CATEGORIES)]
    rows = ["    " + "   ".join(legend[i : i + 10]) for i in range(0, 30, 10)]
    header = """
The general category of every code point, U+0000 to U+10FFFF, as the oracle's Oniguruma sees `\\p{Lu}` and the others.
`\\p{L}`, `\\p{M}`, `\\p{N}`, `\\p{P}`, `\\p{S}`, `\\p{Z}` and `\\p{C}` are the unions of their categories (checked).
Surrogates, which no text holds, are given as Cs.

Format of `runs`: runs end to end without separators, each a length in lower-case hexadecimal followed by one letter
that is not a hexadecimal digit. The lengths sum to 0x110000. The letters, in the order of `letters`:
"""
    header += "\n".join(rows)
    return swift(
        "GeneralCategoryData",
        header,
        [
            constant("letters", [LETTERS], "The letter of each category: Lu, Ll, Lt, ... in the order of the header."),
            constant("runs", entries, f"{len(entries)} runs."),
        ],
    )


def script_file():
    constants = []
    for name in SCRIPTS:
        points = oniguruma(rf"\p{{{name}}}+")
        member = name[0].lower() + name[1:].replace("_", "")
        constants.append(constant(member, ranges(points), f"`\\p{{{name}}}`"))
    for name, pattern in (("space", r"\s+"), ("word", r"\w+"), ("digit", r"\d+")):
        constants.append(constant(name, ranges(oniguruma(pattern)), f"`{pattern[:2]}`"))
    for name, points, rest in other_properties():
        comment = f"`\\p{{{name}}}` without {rest}"
        constants.append(constant(f"other{name}", ranges(points), comment))
    header = "Scripts and shorthand classes as the oracle's Oniguruma sees them.\n" + RANGES
    return swift("ScriptData", header, constants)


def rust_class_file():
    lower = mapping(normalizers.Lowercase())
    header = (
        """
Classes as the Rust side of the oracle sees them, and its lower case mapping, which looks at one scalar at a time
(no final-sigma rule).
"""
        + RANGES
        + """
Format of `lowercase`: entries `scalar=result;`, the result one or more scalars separated by one space, all in
lower-case hexadecimal, ascending. Scalars that are not listed map to themselves.
"""
    )
    return swift(
        "RustClassData",
        header,
        [
            constant("whiteSpace", ranges(white_space()), "`char::is_whitespace`: Strip, WhitespaceSplit."),
            constant("numeric", ranges(numeric()), "`char::is_numeric`: Digits."),
            constant(
                "punctuation",
                ranges(matched(pre_tokenizers.Punctuation("removed"))),
                "What the Punctuation pre-tokenizer splits at.",
            ),
            constant("word", ranges(regex_word()), "`\\w` of the regex crate: added tokens with single_word."),
            constant("space", ranges(regex_space()), "`\\s` of the regex crate: added tokens with lstrip or rstrip."),
            constant("lowercase", [f"{c:x}={hexes(m)};" for c, m in sorted(lower.items())], "Lowercase."),
        ],
    )


def normalization_file(count):
    tables = Normalization()
    tables.verify(count)
    classes = []
    for value in sorted(set(tables.classes.values())):
        points = [c for c in tables.classes if tables.classes[c] == value]
        classes += [(start, f"{start:x}+{length:x}={value:x};") for start, length in runs(points)]
    header = """
The normalisation tables of the oracle, which are older than its character classes.
Verified by the generator: the algorithm of Unicode annex 15 over these tables equals the oracle's NFC, NFD, NFKC and
NFKD on random strings rich in marks, jamo and unassigned code points (300,000 of them by default).

All numbers are lower-case hexadecimal, entries ascend. Hangul syllables are left out: they follow the arithmetic rule.
`canonical`, `compatibility`: entries `scalar=scalar scalar ...;`, the full (recursive) decomposition in canonical
order. `compatibility` lists only scalars whose NFKD differs from their NFD.
`compositions`: entries `first second=composite;`, the primary composites.
`combiningClasses`: entries `start+length=class;`, classes that are not zero.

The scalars for which NFC has anything to do (those whose quick check is not Yes, or whose class is not zero) follow:
the keys of combiningClasses; the keys of `canonical` that no composition makes, or whose decomposition starts with
a key of combiningClasses; the seconds of `compositions`; the jamo U+1161...U+1175 and U+11A8...U+11C2. A text without
any of these is its own NFC. For NFKC add the keys of `compatibility`.
"""
    pairs = sorted(tables.compositions.items(), key=lambda item: tuple(map(ord, item[0])))
    return swift(
        "NormalizationData",
        header,
        [
            constant("canonical", [f"{c:x}={hexes(m)};" for c, m in sorted(tables.canonical.items())], "NFD."),
            constant(
                "compatibility",
                [f"{c:x}={hexes(m)};" for c, m in sorted(tables.compatibility.items())],
                "NFKD, where it differs from NFD.",
            ),
            constant("compositions", [f"{hexes(p)}={c:x};" for p, c in pairs], "Primary composites."),
            constant("combiningClasses", [entry for _, entry in sorted(classes)], "Canonical combining classes."),
        ],
    )


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=root / "Sources/Tokenization/Unicode")
    parser.add_argument("--strings", type=int, default=300_000, help="random strings to verify the tables on")
    parser.add_argument("--check", action="store_true", help="fail when a file on disk differs, write nothing")
    options = parser.parse_args()
    if tokenizers.__version__ != ORACLE:
        sys.exit(f"tokenizers {tokenizers.__version__} found, {ORACLE} expected: see scripts/python/venv.sh")
    files = {
        "GeneralCategoryData": general_category_file,
        "ScriptData": script_file,
        "RustClassData": rust_class_file,
        "NormalizationData": lambda: normalization_file(options.strings),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, make in files.items():
        path = options.output / f"{name}.swift"
        text = make()
        if options.check:
            if not path.exists() or path.read_text() != text:
                stale.append(path.name)
        else:
            path.write_text(text)
            print(f"{path.name}: {len(text)} bytes", file=sys.stderr)
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run scripts/generate-unicode-tables.py")


if __name__ == "__main__":
    main()
