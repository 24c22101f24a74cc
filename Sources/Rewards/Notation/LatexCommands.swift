/// What commands and characters stand for.
enum LatexCommands {
    /// Commands that are whole tokens, without their backslash.
    static let kinds: [String: LatexToken.Kind] = {
        var kinds: [String: LatexToken.Kind] = [
            "over": .divide, "lgroup": .open(.group), "rgroup": .close(.group),
            "lbrace": .open(.braceCommand), "rbrace": .close(.braceCommand),
            "lbrack": .open(.squareCommand), "rbrack": .close(.squareCommand),
            "phantom": .phantom, "boxed": .boxed,
            "lvert": .open(.vertical), "rvert": .close(.vertical), "vert": .vert,
            "langle": .open(.angle), "rangle": .close(.angle),
            "lfloor": .open(.floor), "rfloor": .close(.floor),
            "llcorner": .open(.lowerCorner), "lrcorner": .close(.lowerCorner),
            "lceil": .open(.ceiling), "rceil": .close(.ceiling),
            "ulcorner": .open(.upperCorner), "urcorner": .close(.upperCorner),
            "lim": .limit, "to": .approach, "rightarrow": .approach, "Rightarrow": .approach,
            "longrightarrow": .approach, "Longrightarrow": .approach,
            "int": .integral, "sum": .summation, "prod": .productOver, "sqrt": .root,
            "log": .logarithm, "ln": .naturalLogarithm, "exp": .function(.exp),
            "gamma": .gamma, "Gamma": .gamma, "det": .determinant,
            "floor": .function(.floor), "ceil": .function(.ceiling),
            "gcd": .functionOfMany(.gcd), "lcm": .functionOfMany(.lcm),
            "max": .functionOfMany(.maximum), "min": .functionOfMany(.minimum),
            "times": .multiply, "cdot": .multiply, "div": .divide,
            "frac": .fraction, "dfrac": .fraction, "tfrac": .fraction, "cfrac": .fraction,
            "binom": .binomial, "tbinom": .binomial, "dbinom": .binomial, "choose": .choose,
            "mod": .modulo, "operatorname": .operatorName, "exponentialE": .exponential,
            "xrightarrow": .unsupported, "xRightarrow": .unsupported,
            "leftrightarrow": .unsupported, "Leftrightarrow": .unsupported,
            "in": .memberOf, "notin": .notMemberOf, "equiv": .comparison(.equal),
            "approx": .comparison(.approximately),
            "lt": .comparison(.less), "leq": .comparison(.lessOrEqual), "le": .comparison(.lessOrEqual),
            "leqslant": .comparison(.lessOrEqual), "gt": .comparison(.greater),
            "geq": .comparison(.greaterOrEqual), "ge": .comparison(.greaterOrEqual),
            "geqslant": .comparison(.greaterOrEqual), "ne": .comparison(.unequal), "neq": .comparison(.unequal),
            "infty": .infinity, "partial": .partial,
            "cup": .union, "cap": .intersection, "setminus": .setMinus,
            "pm": .plusMinus(isPlus: true), "mp": .plusMinus(isPlus: false),
            "emptyset": .namedSet(.empty), "supseteq": .superset, "subseteq": .subset,
        ]
        for name in greek.union(symbols) { kinds[name] = .name(name) }
        for (name, function) in functions { kinds[name] = .function(function) }
        return kinds
    }()

    /// Functions of one argument, whose name is written upright.
    static let functions: [String: Expression.Function] = [
        "sin": .sin, "cos": .cos, "tan": .tan, "csc": .csc, "sec": .sec, "cot": .cot,
        "arcsin": .arcsin, "arccos": .arccos, "arctan": .arctan, "arccsc": .arccsc, "arcsec": .arcsec,
        "arccot": .arccot, "sinh": .sinh, "cosh": .cosh, "tanh": .tanh,
        "arsinh": .arsinh, "arcosh": .arcosh, "artanh": .artanh,
        "arcsinh": .arsinh, "arccosh": .arcosh, "arctanh": .artanh,
    ]

    /// Commands that strict reading knows besides.
    static let strictKinds: [String: LatexToken.Kind] = [
        "infin": .infinity, "smallsetminus": .setMinus, "backslash": .setMinus, "colon": .colon,
        "ast": .multiply, "star": .multiply, "bullet": .multiply, "varnothing": .namedSet(.empty),
        "leqq": .comparison(.lessOrEqual), "geqq": .comparison(.greaterOrEqual),
        "simeq": .comparison(.approximately), "cong": .comparison(.equal),
        "subset": .subset, "supset": .superset, "lVert": .norm, "rVert": .norm, "Vert": .norm, "mid": .bar,
        "coth": .function(.coth), "arg": .function(.argument), "Re": .function(.real), "Im": .function(.imaginary),
        "bmod": .modulo, "pmod": .congruenceModulus, "R": .namedSet(.reals), "N": .namedSet(.naturals),
        "Z": .namedSet(.integers),
        "Q": .namedSet(.rationals), "C": .namedSet(.complexes),
    ]

    /// Commands that say nothing.
    static let spaces: Set<String> = [
        "thinspace", "medspace", "thickspace", "quad", "qquad", "negthinspace", "negmedspace", "negthickspace",
        "vrule", "vcenter", "vbox", "vskip", "vspace", "hfil",
    ]
    static let strictSpaces: Set<String> = [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl",
        "Biggr", "mleft", "mright", "displaystyle", "textstyle", "limits", "nolimits",
    ]

    static let greek: Set<String> = [
        "alpha", "beta", "delta", "Delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "Theta", "vartheta", "iota",
        "kappa", "lambda", "Lambda", "mu", "nu", "xi", "Xi", "omicron", "pi", "Pi", "varpi", "rho", "varrho", "sigma",
        "Sigma", "varsigma", "tau", "upsilon", "Upsilon", "phi", "Phi", "varphi", "chi", "psi", "Psi", "omega", "Omega",
    ]

    private static let symbols: Set<String> = [
        "Bbbk", "wp", "nabla", "bigstar", "angle", "nexists", "diagdown", "measuredangle", "eth", "diagup",
        "sphericalangle", "clubsuit", "varnothing", "Diamond", "complement", "diamondsuit", "imath", "Finv",
        "triangledown", "heartsuit", "jmath", "Game", "triangle", "spadesuit", "ell", "hbar", "vartriangle", "hslash",
        "blacklozenge", "lozenge", "blacksquare", "mho", "blacktriangle", "sharp", "prime", "Im", "flat", "square",
        "backprime", "Re", "natural", "surd", "circledS",
    ]

    /// Commands whose argument is taken as it is written.
    static let accents: Set<String> = [
        "acute", "bar", "overline", "breve", "check", "widecheck", "dot", "ddot", "grave", "hat", "tilde", "widetilde",
        "vec", "overrightarrow", "bm", "boldsymbol", "text", "textit", "textbf", "textnormal", "mathbb", "mathbin",
        "mathbf", "mathcal", "mathclap", "mathclose", "mathellipsis", "mathfrak", "mathinner", "mathit", "mathnormal",
        "mathop", "mathopen", "mathord", "mathpunct", "mathrel", "mathring", "mathrlap", "mathrm", "mathscr", "mathsf",
        "mathsterling", "mathtt", "mbox",
    ]

    /// Names that \operatorname takes, which are words wherever they stand.
    static let functionWords: Set<String> = [
        "arsinh", "arcsinh", "arcosh", "arccosh", "artanh", "arctanh", "gcd", "lcm", "floor", "ceil", "eye", "zeros",
        "ones", "cols", "rows", "diag", "norm", "rank", "trace", "tr", "rref", "hstack", "vstack", "orth", "ortho",
        "orthogonal", "orthogonalize", "nullspace", "eig", "eigen", "diagonalize", "eigenvals", "eigenvalues",
        "eigenvects", "eigenvectors", "svd", "SVD", "matrix", "pmatrix", "bmatrix", "vmatrix",
    ]

    /// Sets, by the letter in \mathbb.
    static let blackboard: [String: LatexToken.Kind] = [
        "N": .namedSet(.naturals), "Z": .namedSet(.integers), "Q": .namedSet(.rationals), "R": .namedSet(.reals),
        "C": .namedSet(.complexes), "P": .primes,
    ]

    /// Characters outside ASCII.
    static let characters: [Unicode.Scalar: LatexToken.Kind] = {
        var kinds: [Unicode.Scalar: LatexToken.Kind] = [:]
        func add(_ characters: String, _ kind: LatexToken.Kind) {
            for scalar in characters.unicodeScalars { kinds[scalar] = kind }
        }
        add("∔⊕⊞", .add)
        add("−∸", .subtract)
        add("×⋅⋄⊡∗⋆∘∙⊗⊠⋈⋉⋊", .multiply)
        add("÷∕", .divide)
        add("≡≣≟≎≏≐≑≒≓≔≕≖≗", .assignment)
        add("≈≊≋≃≅", .comparison(.approximately))
        add("≪≺⋖", .comparison(.less))
        add("≤≦≲≾", .comparison(.lessOrEqual))
        add("≫≻⋗", .comparison(.greater))
        add("≥≧≳≿", .comparison(.greaterOrEqual))
        add("≠≁≄≇≉≢", .comparison(.unequal))
        add("∪", .union)
        add("∩", .intersection)
        add("∖", .setMinus)
        add("±", .plusMinus(isPlus: true))
        add("∓", .plusMinus(isPlus: false))
        add("∅", .namedSet(.empty))
        add("⊇", .superset)
        add("⊆", .subset)
        add("∉", .notMemberOf)
        add("ℕ", .namedSet(.naturals))
        add("ℤ", .namedSet(.integers))
        add("ℚ", .namedSet(.rationals))
        add("ℝ", .namedSet(.reals))
        add("ℂ", .namedSet(.complexes))
        add("ℙ", .primes)
        for letter in "ℵℶℷℸ".unicodeScalars { kinds[letter] = .name(String(letter)) }
        for (letter, name) in greekLetters { kinds[letter] = .name(name) }
        return kinds
    }()

    private static let greekLetters: [(Unicode.Scalar, String)] = [
        ("α", "alpha"), ("β", "beta"), ("γ", "gamma"), ("Γ", "Gamma"), ("δ", "delta"), ("Δ", "Delta"),
        ("ε", "epsilon"), ("ϵ", "varepsilon"), ("ζ", "zeta"), ("η", "eta"), ("θ", "theta"), ("Θ", "Theta"),
        ("ϑ", "vartheta"), ("ι", "iota"), ("κ", "kappa"), ("λ", "lambda"), ("Λ", "Lambda"), ("μ", "mu"), ("ν", "nu"),
        ("ξ", "xi"), ("Ξ", "Xi"), ("ο", "omicron"), ("π", "pi"), ("Π", "Pi"), ("ϖ", "varpi"), ("ρ", "rho"),
        ("ϱ", "varrho"), ("σ", "sigma"), ("Σ", "Sigma"), ("ς", "varsigma"), ("τ", "tau"), ("υ", "upsilon"),
        ("Υ", "Upsilon"), ("φ", "phi"), ("Φ", "Phi"), ("ϕ", "varphi"), ("χ", "chi"), ("ψ", "psi"), ("Ψ", "Psi"),
        ("ω", "omega"), ("Ω", "Omega"),
    ]

    /// Characters that only strict reading knows.
    static let strictCharacters: [Unicode.Scalar: LatexToken.Kind] = [
        "∞": .infinity, "°": .degree, "√": .root, "∈": .memberOf, "·": .multiply, "–": .subtract, "⁄": .divide,
    ]
}
