"""SymPy objects, as Math-Verify reads them, as the trees of Tests/RewardsTests/EquivalenceTrees.swift."""
import sympy
from sympy import S

FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth", "asinh": "arsinh", "acosh": "arcosh",
    "atanh": "artanh", "exp": "exp", "log": "log", "Abs": "abs", "floor": "floor", "ceiling": "ceiling",
    "factorial": "factorial", "binomial": "binomial", "Max": "maximum", "Min": "minimum", "Mod": "modulo",
    "gamma": "gamma", "re": "real", "im": "imaginary", "conjugate": "conjugate", "arg": "argument",
}
RELATIONS = {
    "Equality": "equal", "Unequality": "unequal", "StrictLessThan": "less", "LessThan": "lessOrEqual",
    "StrictGreaterThan": "greater", "GreaterThan": "greaterOrEqual",
}


def decimal_text(value):
    text = format(sympy.Float(value), "f") if abs(value) >= 1e-4 or value == 0 else None
    if text is None:
        import decimal
        text = format(decimal.Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def tree(value):
    """Raises ValueError for what has no tree."""
    if isinstance(value, sympy.MatrixBase):
        return ["m", value.rows, value.cols, *map(tree, value.flat())]
    if isinstance(value, sympy.core.expr.UnevaluatedExpr):
        return tree(value.args[0])
    if value is S.ComplexInfinity:
        return ["c", "complexInfinity"]
    if value is S.Infinity:
        return ["c", "infinity"]
    if value is S.NegativeInfinity:
        return ["c", "negativeInfinity"]
    if value is S.Exp1:
        return ["c", "e"]
    if value is S.Pi:
        return ["c", "pi"]
    if value is S.ImaginaryUnit:
        return ["c", "imaginaryUnit"]
    if isinstance(value, sympy.Float):
        return ["d", decimal_text(value)]
    if isinstance(value, sympy.Rational):
        return ["n", str(value)]
    if isinstance(value, sympy.Symbol):
        return ["s", value.name]
    if value is S.EmptySet:
        return ["S", "empty"]
    for name, known in (("naturals", S.Naturals), ("integers", S.Integers), ("rationals", S.Rationals),
                        ("reals", S.Reals), ("complexes", S.Complexes)):
        if value is known:
            return ["S", name]
    if isinstance(value, sympy.Add):
        return ["+", *map(tree, value.args)]
    if isinstance(value, sympy.Mul):
        hundredth = sympy.UnevaluatedExpr(sympy.Rational(1, 100))
        if len(value.args) == 2 and value.args[1] == hundredth:
            return ["%", tree(value.args[0])]
        return ["*", *map(tree, value.args)]
    if isinstance(value, sympy.Pow):
        return ["^", tree(value.base), tree(value.exp)]
    if isinstance(value, sympy.core.relational.Relational):
        return ["r", RELATIONS[type(value).__name__], tree(value.lhs), tree(value.rhs)]
    if isinstance(value, sympy.And):
        links = value._unsorted_args
        return ["r", " ".join(RELATIONS[type(link).__name__] for link in links), tree(links[0].lhs),
                *(tree(link.rhs) for link in links)]
    if isinstance(value, sympy.FiniteSet):
        return ["{}", True, *map(tree, getattr(value, "_unsorted_args", value.args))]
    if isinstance(value, sympy.Tuple):
        return ["()", *map(tree, value)]
    if isinstance(value, sympy.Interval):
        return ["i", bool(value.left_open), bool(value.right_open), tree(value.start), tree(value.end)]
    for kind, name in ((sympy.Union, "union"), (sympy.Intersection, "intersection"), (sympy.Complement, "difference")):
        if isinstance(value, kind):
            return ["o", name, *map(tree, value.args)]
    if isinstance(value, sympy.core.function.AppliedUndef):
        return ["a", value.func.__name__, *map(tree, value.args)]
    name = type(value).__name__
    if name in FUNCTIONS:
        return ["f", FUNCTIONS[name], *map(tree, value.args)]
    if isinstance(value, (sympy.Sum, sympy.Product)):
        body, (variable, lower, upper) = value.args
        return ["f", "summation" if name == "Sum" else "productOver", *map(tree, (body, variable, lower, upper))]
    raise ValueError(name)
