/// A statement of a template.
indirect enum Statement: Sendable {
    case text(Text)
    case output(Expression)
    /// An output that is the same in every rendering: jinja2 computes it beforehand.
    case constant(Expression)
    case conditional([Branch], otherwise: [Statement])
    case loop(Loop)
    case assign(Target, Expression, line: Int)
    /// `{% set x %}...{% endset %}`
    case capture(Target, filter: Expression?, Block, line: Int)
    case filtered(Expression, Block)
    case with([(target: Target, value: Expression)], Block, line: Int)
    case generation(Block)
    case macro(Target, Macro)
    case callBlock(Expression, Macro)
    case breakLoop
    case continueLoop
}

/// A condition and what is rendered where it holds.
struct Branch: Sendable {
    var test: Expression
    var body: [Statement]
}

/// Statements with variables of their own.
struct Block: Sendable {
    var body: [Statement]
    /// What its variables hold at first.
    var entries: [ScopeEntry] = []
}

/// What a variable holds where its scope begins.
struct ScopeEntry: Sendable {
    enum Source: Sendable {
        /// Nothing yet
        case missing
        /// The variable of the context with this number
        case context(Int)
        /// What a variable outside holds
        case copy(hops: Int, slot: Int)
    }

    var slot: Int
    var source: Source
}

/// Where an assignment goes.
indirect enum Target: Sendable {
    case name(String)
    case slot(Int)
    case tuple([Target])
    /// An attribute of a namespace
    case attribute(of: Expression, Text)
}

/// A `for` statement.
struct Loop: Sendable {
    var target: Target
    var iterable: Expression
    var test: Expression?
    var body: Block
    var otherwise: Block?
    var isRecursive: Bool
    var line: Int
    // The rest is the resolver's.
    /// The scope of the test has its own copy of the target.
    var testTarget: Target?
    var testEntries: [ScopeEntry] = []
    /// Where `loop` lies; nil where nothing asks for it.
    var loopSlot: Int?
    /// The number of variables of a recursive loop, which is a function of its own.
    var slotCount = 0
}

/// A macro, or the body of a call block.
struct Macro: Sendable {
    struct Parameter: Sendable {
        var name: String
        var initial: Expression?
        var slot = 0
    }

    /// Nil for the body of a call block.
    var name: String?
    var parameters: [Parameter]
    var body: Block
    var line: Int
    // The rest is the resolver's.
    var callerSlot: Int?
    var keywordsSlot: Int?
    var positionalSlot: Int?
    var slotCount = 0
}
