public import Checkpoints
import JSON
public import Kernels
import Tensors

/// Compares two dumps token by token and writes what is found into a diagnosis.
///
/// Rows are read in blocks of bounded size, the next while one is measured; nothing that grows with the vocabulary times the
/// length is held. Beside the blocks there are a few bytes for each row: its token, mask, segment and advantage where these
/// are known.
public final class DumpComparison {
    /// How dumps are compared.
    public struct Settings: Sendable {
        /// What logits are divided by; above 0.
        public var temperature = 1.0
        /// The columns that are compared, those behind being padding; nil: all, of which both dumps must have as many.
        public var vocabularySize: Int?
        /// Which token a row is about; llama.cpp's files know it themselves.
        public var shift = Shift.next
        /// k, of the most probable tokens; at least 1.
        public var topWidth = 10
        /// The bytes of rows that are read at a time from each dump; a row at least. Four times as many are held.
        public var blockBytes = 16 << 20

        /// The defaults.
        public init() {}
    }

    /// The settings as they were asked for.
    public let settings: Settings
    /// p's dump.
    public let reference: PolicyDump
    /// q's dump.
    public let policy: PolicyDump
    /// Which token a row is about.
    public let shift: Shift
    /// The columns that are compared; nil for two top-k dumps.
    public let vocabularySize: Int?
    /// The tokens; nil for two top-k dumps without a dataset.
    public let tokens: TokenPlan?

    /// Checks that two dumps go together; reads what lies beside the logits, and no logits.
    ///
    /// - Parameters:
    ///   - reference: p.
    ///   - policy: q.
    ///   - tokens: the tokens of the rows, where a dataset says; nil: what `files` and the dumps say.
    ///   - files: columns of tokens in files of their own; they come before those in the dumps.
    ///   - reading: how `files` are opened.
    /// - Throws: ``DivergenceError`` where shapes, vocabularies or tokens differ or a setting makes no sense; what opening files
    ///   throws.
    public init(
        reference: PolicyDump, policy: PolicyDump, tokens: TokenPlan? = nil, files: [TokenColumnFile] = [],
        settings: Settings = Settings(), reading: ReadingOptions = ReadingOptions()
    ) throws {
        self.settings = settings
        (self.reference, self.policy) = (reference, policy)
        try Self.check(settings, path: policy.path)
        let dumps = [reference, policy].compactMap { if case .logits(let dump) = $0 { dump } else { nil } }
        guard let first = dumps.first else {
            guard files.isEmpty else {
                throw DivergenceError(
                    .invalidRequest, path: policy.path,
                    "is a top-k dump as the other; such dumps say which tokens there are, and \(files[0].path) goes with none"
                )
            }
            (shift, vocabularySize, self.tokens) = (.none, nil, tokens)
            try Self.checkTopLists(settings, path: policy.path)
            return
        }
        if dumps.count < 2 { try Self.checkTopLists(settings, path: policy.path) }
        try Self.checkShapes(dumps)
        let size = try Self.vocabulary(dumps, settings)
        shift = dumps.contains { $0.kind == .llama } ? .none : settings.shift
        vocabularySize = size
        let plan = try Self.plan(tokens, files, dumps, layout: first.layout, reading: reading)
        try Self.checkTokens(
            plan, shift: shift, vocabularySize: size,
            path: files.first { $0.column == .tokenIDs }?.path ?? (tokens == nil ? first.path : policy.path))
        self.tokens = plan
    }

    /// Compares, and writes every token into `writer`, sequence by sequence.
    ///
    /// - Parameters:
    ///   - team: the threads that measure.
    ///   - writer: of the width of the settings; whoever made it finishes it.
    ///   - progress: rows, or for two top-k dumps bytes: how many are done, and of how many.
    /// - Throws: ``DivergenceError`` with file, row and column of a logit that is none; what reading and writing throw;
    ///   `CancellationError`.
    /// - Complexity: linear in the dumps, each of which is read once.
    public func run(
        _ team: ThreadTeam, into writer: DiagnosisWriter,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> DumpFindings {
        precondition(writer.topWidth == settings.topWidth, "the file keeps as many tokens as were asked for")
        switch (reference, policy) {
        case (.logits(let reference), .logits(let policy)):
            let rows = RowComparison(
                reference: reference, policy: policy, tokens: tokens ?? TokenPlan(sequences: []), shift: shift,
                vocabularySize: vocabularySize ?? 0, settings: settings)
            return try rows.run(team, into: writer, progress: progress)
        case (.topLists(let reference), .topLists(let policy)):
            let lists = TopListComparison(
                reference: reference, policy: policy, tokens: tokens, settings: settings)
            return try lists.run(into: writer, progress: progress)
        case (.logits(let rows), .topLists(let lists)), (.topLists(let lists), .logits(let rows)):
            let isPolicyRows = if case .logits = policy { true } else { false }
            let mixed = MixedComparison(
                rows: rows, lists: lists, isPolicyRows: isPolicyRows, tokens: tokens ?? TokenPlan(sequences: []),
                shift: shift, vocabularySize: vocabularySize ?? 0, settings: settings)
            return try mixed.run(team, into: writer, progress: progress)
        }
    }
}

extension DumpComparison {
    private static func check(_ settings: Settings, path: String) throws {
        guard settings.temperature > 0, settings.temperature.isFinite, (1 / settings.temperature).isFinite else {
            throw DivergenceError(
                .invalidRequest, path: path, "cannot be divided by a temperature of \(settings.temperature)")
        }
        guard (1...1024).contains(settings.topWidth) else {
            throw DivergenceError(
                .invalidRequest, path: path,
                "the most probable \(settings.topWidth) tokens cannot be kept; 1 to 1024 can")
        }
    }

    private static func checkTopLists(_ settings: Settings, path: String) throws {
        guard settings.temperature == 1 else {
            throw DivergenceError(
                .invalidRequest, path: path,
                "a top-k dump lacks what dividing by a temperature needs: all other tokens; leave it at 1")
        }
    }

    private static func checkShapes(_ dumps: [LogitDump]) throws {
        guard dumps.count == 2, !dumps[0].layout.agrees(with: dumps[1].layout) else { return }
        let isLlama = dumps.contains { $0.kind == .llama }
        guard !isLlama || dumps[0].rowCount != dumps[1].rowCount else { return }
        throw DivergenceError(
            .mismatch, path: dumps[1].path,
            "has \(dumps[1].layout.text) rows, and \(dumps[0].path) has \(dumps[0].layout.text)")
    }

    private static func vocabulary(_ dumps: [LogitDump], _ settings: Settings) throws -> Int {
        let columns = dumps.map(\.columns)
        guard let size = settings.vocabularySize else {
            guard let first = columns.first, columns.allSatisfy({ $0 == first }) else {
                throw DivergenceError(
                    .mismatch, path: dumps[dumps.count - 1].path,
                    "has \(columns[columns.count - 1]) columns, and \(dumps[0].path) has \(columns[0]); if those behind the vocabulary are padding, give the vocabulary's size"
                )
            }
            return first
        }
        for dump in dumps where size > dump.columns || size < 1 {
            throw DivergenceError(
                .invalidRequest, path: dump.path, "has \(dump.columns) columns, not the \(size) of the vocabulary")
        }
        return size
    }

    private static func plan(
        _ given: TokenPlan?, _ files: [TokenColumnFile], _ dumps: [LogitDump], layout: DumpLayout,
        reading: ReadingOptions
    ) throws -> TokenPlan {
        let llama = dumps.first { $0.kind == .llama }
        if let path = llama?.path ?? (given == nil ? nil : dumps[0].path),
            !files.isEmpty || llama != nil && given != nil
        {
            throw DivergenceError(
                .invalidRequest, path: path,
                llama == nil
                    ? "the dataset says which tokens there are; leave out \(files[0].path)"
                    : "is llama.cpp's base file, which says itself which tokens there are; leave out what else does")
        }
        var columns = TokenColumns(layout: layout)
        for file in files { try columns.add(TokenNumbers(file, layout: layout, options: reading)) }
        // What was given for a column replaces what the dumps say of it, but for the tokens themselves.
        let named = Set(files.map(\.column))
        for dump in dumps {
            for numbers in try TokenNumbers.beside(dump)
            where numbers.column == .tokenIDs || !named.contains(numbers.column) {
                try columns.add(numbers)
            }
        }
        let own = dumps.compactMap { dump in dump.ownPlan.map { (plan: $0, path: dump.path) } }
        let told: TokenPlan?
        if let given {
            told = try given.placed(in: layout, path: dumps[0].path)
        } else {
            told = own.first?.plan
        }
        guard var plan = told else { return try columns.plan() }
        for other in own { try requireSame(plan, other.plan, path: other.path) }
        if let ids = try columns.tokenIDs() {
            var beside = plan
            for index in beside.sequences.indices {
                let rows = beside.sequences[index]
                beside.sequences[index].tokens = rows.firstRow..<rows.firstRow + rows.tokens.count
            }
            beside.tokenIDs = ids
            try requireSame(plan, beside, path: dumps[dumps.count - 1].path)
        }
        plan.hasLengths = true
        return plan
    }

    /// - Throws: `mismatch` at the first token that differs.
    private static func requireSame(_ left: TokenPlan, _ right: TokenPlan, path: String) throws {
        guard let ours = left.tokenIDs, let theirs = right.tokenIDs else { return }
        for (index, (one, other)) in zip(left.sequences, right.sequences).enumerated() {
            for (a, b) in zip(one.tokens, other.tokens) where ours[a] != theirs[b] {
                throw DivergenceError(
                    .mismatch, path: path, row: other.firstRow + b - other.tokens.lowerBound,
                    "sequence \(index), position \(one.firstPosition + a - one.tokens.lowerBound): the token is \(theirs[b]), and \(ours[a]) elsewhere"
                )
            }
        }
    }

    /// Checks the tokens that are compared.
    private static func checkTokens(_ plan: TokenPlan, shift: Shift, vocabularySize: Int, path: String) throws {
        guard let ids = plan.tokenIDs else { return }
        for (number, sequence) in plan.sequences.enumerated() {
            for place in sequence.tokens.dropFirst(shift == .next ? 1 : 0) where plan.counts?[place] ?? true {
                guard !(0..<Int32(clamping: vocabularySize)).contains(ids[place]) else { continue }
                throw DivergenceError(
                    .mismatch, path: path, row: sequence.firstRow + place - sequence.tokens.lowerBound,
                    "token \(place - sequence.tokens.lowerBound) of sequence \(number) is \(ids[place]), outside the vocabulary of \(vocabularySize)"
                )
            }
        }
    }
}
