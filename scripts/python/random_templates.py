"""Random small templates, most of which mean something."""

import random

VARIABLES = {
    "n": 7,
    "z": 0,
    "neg": -13,
    "f": 2.5,
    "big": 1e22,
    "s": "Hello, World",
    "u": "Ünï çødé 你好 ǅ ß",
    "w": "  a b\n\tc  ",
    "e": "",
    "q": "it's \"q\" \\ \n",
    "xs": [3, 1, 2, 1],
    "ss": ["b", "A", "c", "a"],
    "d": {"a": 1, "b": [1, 2], "c d": None, "items": "hidden", "1": "one"},
    "ds": [{"k": "x", "v": 2, "g": "B"}, {"k": "y", "v": 1, "g": "a"}, {"k": "X", "v": 3, "g": "b"}],
    "nested": {"m": {"l": [{"t": "deep"}, "str"]}},
    "yes": True,
    "no": False,
    "nil": None,
    "mixed": [1, 1.0, True, "1", None, [1], {"a": 1}, 2.5],
}
NAMES = list(VARIABLES)
LITERALS = ["0", "1", "2", "-1", "3", "10", "1.5", "0.1", "1e3", "''", "'a'", "'o'", "' '", "\"l\"", "'é'", "true", "false",
            "none", "[]", "{}", "()", "[1, 2]", "('a', 'b')", "{'a': 1}", "{'x': [1], 'y': {}}", "'%s-%s'", "'\\n'",
            "1_000", "0x1F", "'a' 'b'", "range(4)", "[[1, 2], [3, 4]]"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "and", "or", "==", "!=", "<", ">", "<=", ">=", "in", "not in"]
TESTS = ["defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "float",
         "boolean", "true", "false", "callable", "odd", "even", "lower", "upper", "escaped", "divisibleby 2", "eq 1",
         "in xs", "sameas none", "gt 1", "ne 'a'", "divisibleby(3)", "lt(5)", "equalto 'x'", "filter", "test"]
FILTERS = ["trim", "length", "count", "upper", "lower", "title", "capitalize", "first", "last", "list", "string", "int",
           "float", "abs", "round", "sort", "reverse", "unique", "join", "join(', ')", "default('d')", "d('x', true)",
           "tojson", "tojson(indent=2)", "tojson(sort_keys=true)", "tojson(separators=(',', ':'))",
           "tojson(ensure_ascii=true)", "items", "sum", "min", "max", "replace('a', 'b')", "replace('l', 'L', 1)",
           "indent", "indent(2, true)", "indent('> ', blank=true)", "batch(2)", "batch(3, 'x')", "slice(2)", "select",
           "reject", "select('odd')", "reject('none')", "selectattr('k')", "selectattr('v', 'gt', 1)",
           "rejectattr('k', 'eq', 'x')", "map('upper')", "map(attribute='k')", "map(attribute='v', default=9)",
           "map('default', 'z')", "map('length')", "dictsort", "dictsort(true, 'value')", "groupby('g')", "safe", "e",
           "escape", "wordcount", "center(20)", "format(1, 2)", "truncate(5, true, '~', 0)", "sort(reverse=true)",
           "sort(attribute='v')", "sort(attribute='k,v', case_sensitive=true)", "round(1)", "round(0, 'floor')",
           "round(1, 'ceil')", "int(5)", "int(base=16)", "min(attribute='v')", "sum(attribute='v')", "trim('Hd')",
           "attr('k')", "forceescape", "sum(start=10)", "unique(attribute='g')", "list|length", "select|list",
           "map('int')|list", "reverse|list", "items|list", "batch(2)|list", "slice(3)|list", "unique|list"]
METHODS = ["split()", "split(',')", "split('l', 1)", "rsplit('l', 1)", "rsplit(none, 1)", "split(maxsplit=1)", "strip()",
           "lstrip()", "rstrip()", "strip('Hd ')", "lstrip('He')", "rstrip('dl')", "startswith('H')", "endswith('d')",
           "startswith(('x', 'H'))", "replace('l', 'LL')", "replace('', '-')", "replace('o', '', 1)", "upper()", "lower()",
           "title()", "capitalize()", "swapcase()", "find('o')", "rfind('o')", "find('zz')", "index('l')", "count('l')",
           "count('')", "find('o', 5)", "startswith('l', 2, -1)", "join(['a', 'b'])", "join(ss)", "splitlines()",
           "splitlines(true)", "isdigit()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "istitle()",
           "isnumeric()", "isdecimal()", "isascii()", "isprintable()", "zfill(9)", "center(15, '*')", "ljust(14)",
           "rjust(14, '.')", "partition(',')", "rpartition('l')", "removeprefix('He')", "removesuffix('ld')",
           "format(1, 'b')", "items()", "keys()", "values()", "get('a')", "get('zz', 5)", "get('b')[0]", "copy()",
           "append(1)", "pop()", "update({})", "items()|list", "values()|list", "keys()|list", "is_integer()", "nope()",
           "count(1)", "index(1)", "__class__", "a", "m.l", "items", "k", "m.l[0].t", "m['l'][1]", "upper"]
SUBSCRIPTS = ["[0]", "[-1]", "[5]", "[1:]", "[:2]", "[::-1]", "[-3:-1]", "[::2]", "[3:0:-1]", "['a']", "['zz']", "[n]",
              "[1:1]", "[none]", "[true]", "[:-1]", "[10:]", "[-100:100:3]", "['items']", "[0:n:z]", ".0"]


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def expression(self, depth=3):
        rng, pick = self.rng, self.rng.choice
        if depth <= 0 or rng.random() < 0.15:
            return pick(NAMES) if rng.random() < 0.75 else pick(LITERALS) if rng.random() < 0.95 else "missing"
        sub = lambda: self.expression(depth - 1 - rng.randrange(2))  # noqa: E731
        kind = rng.random()
        if kind < 0.24:
            return f"({sub()} {pick(BINARY)} {sub()})" if rng.random() < 0.8 else f"{sub()} {pick(BINARY)} {sub()}"
        if kind < 0.54:
            return f"{self.operand(depth)}|{pick(FILTERS)}"
        if kind < 0.72:
            return f"{self.operand(depth)}.{pick(METHODS)}"
        if kind < 0.82:
            return f"{self.operand(depth)}{pick(SUBSCRIPTS)}"
        if kind < 0.89:
            return f"({sub()} is {pick(['', 'not '])}{pick(TESTS)})"
        if kind < 0.92:
            return f"({sub()} if {sub()}{' else ' + sub() if rng.random() < 0.8 else ''})"
        if kind < 0.94:
            return f"(not {sub()})"
        if kind < 0.955:
            return f"(-{self.operand(depth)})"
        if kind < 0.97:
            return f"[{sub()}, {sub()}]"
        if kind < 0.98:
            return f"{{'k': {sub()}, {sub()}: 1}}"
        if kind < 0.985:
            return f"({sub()} < {sub()} <= {sub()})"
        if kind < 0.993:
            return f"({pick(['%s', '%5d|', '%-6s|', '%.2f', '%05.1f', '%r', '%x', '%+d', '%e', '%g', '%%'])!r} % {sub()})"
        formats = ["{}", "{:>8}", "{:.2f}", "{:03d}", "{!r}", "{0}{0}", "{:,}", "{:<4}|", "{:^9}", "{:e}", "{{}}", "{:.1%}"]
        return f"{pick(formats)!r}.format({sub()})"

    def operand(self, depth):
        text = self.expression(depth - 1)
        return text if text.isidentifier() or text[0] in "[({'\"" and self.rng.random() < 0.5 else f"({text})"

    def output(self, depth=2):
        pick = self.rng.choice
        return f"{{{{{pick(['', '-', ' '])} {self.expression(depth)} {pick(['', '-', ' '])}}}}}"

    def tag(self, text):
        pick = self.rng.choice
        return f"{{%{pick(['', '', '-', '+'])} {text} {pick(['', '', '-', '+'])}%}}"

    def data(self):
        return self.rng.choice(["", " ", "\n", "  \n  ", "a", " b ", "\n    ", "x\n", "\n\n", "é", "\t", "{# c #}\n", " {#- c -#} "])

    def name(self):
        return self.rng.choice(["x", "y", "n", "s", "i", "ns"])

    def body(self, depth):
        return "".join(self.data() + self.statement(depth) for _ in range(self.rng.randrange(1, 3))) + self.data()

    def statement(self, depth):
        rng, pick = self.rng, self.rng.choice
        short = lambda: self.expression(1)  # noqa: E731
        if depth <= 0 or rng.random() < 0.3:
            return f"{{{{ {pick([self.name(), short(), self.name()])} }}}}"
        inner = lambda: self.body(depth - 1)  # noqa: E731
        kind = rng.randrange(16)
        if kind <= 2:
            rest = self.tag(f"elif {short()}") + inner() if rng.random() < 0.4 else ""
            rest += self.tag("else") + inner() if rng.random() < 0.5 else ""
            return self.tag(f"if {short()}") + inner() + rest + self.tag("endif")
        if kind <= 6:
            target = pick(["i", "x", "i", "i, x", "y"])
            source = pick(["xs", "ss", "range(3)", "d.items()", "d|items", "ds", "s", "[]", "[[1, 2], [3, 4]]", short(), "missing"])
            test = pick(["", "", "", f" if {short()}", " if i is odd", " if not loop"])
            look = pick(["", "", "{{ loop.index }}", "{{ loop.last }}/{{ loop.length }}", "{{ loop.previtem }}<{{ loop.nextitem }}",
                         "{{ loop.cycle('p', 'q') }}", "{{ loop.changed(i) }}", "{{ loop.revindex0 }}{{ loop.first }}",
                         "{{ loop }}", self.tag("break") if rng.random() < 0.5 else self.tag("continue"),
                         self.tag("if loop.index0 == 1") + self.tag(pick(["break", "continue"])) + self.tag("endif")])
            rest = self.tag("else") + inner() if rng.random() < 0.3 else ""
            return self.tag(f"for {target} in {source}{test}") + look + inner() + rest + self.tag("endfor")
        if kind <= 9:
            return self.tag(f"set {pick([self.name(), self.name(), 'ns.a', 'x, y', 'ns.b'])} = {pick([short(), short(), '1, 2'])}")
        if kind == 10:
            return self.tag(f"set {self.name()}{pick(['', '|upper', '|trim'])}") + inner() + self.tag("endset")
        if kind == 11:
            name = pick(["m", "m", "k"])
            signature = pick(["", "a", "a, b=2", "x=n", "a, b=a"])
            extra = pick(["", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller is defined }}", "{{ a }}|{{ b }}"])
            call = pick(["m()", "m(1)", "m(1, 2)", "m(b=3, a=4)", "k(x=5)", "m(1, 2, 3)", "m(zz=1)", "m(*xs)", "m(**d)"])
            return self.tag(f"macro {name}({signature})") + extra + inner() + self.tag("endmacro") + "{{ " + call + " }}"
        if kind == 12:
            return self.tag(f"with {self.name()} = {short()}") + inner() + self.tag("endwith")
        if kind == 13:
            return self.tag(f"filter {pick(['upper', 'trim', 'replace(s, n)', 'indent', 'length'])}") + inner() + self.tag("endfilter")
        if kind == 14:
            return self.tag("generation") + inner() + self.tag("endgeneration")
        return self.tag(pick(["call m(1)", "call(q) m()", "call k()"])) + inner() + self.tag("endcall")

    def template(self):
        if self.rng.random() < 0.5:
            return self.output(3)
        start = self.rng.choice(["", "{% set ns = namespace(a=1, b='x') %}"])
        return start + self.body(3)
