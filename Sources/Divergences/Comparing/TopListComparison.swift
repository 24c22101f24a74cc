import Kernels

/// Compares two dumps that list the most probable tokens.
struct TopListComparison {
    let reference: TopListDump
    let policy: TopListDump
    /// What a dataset says of the tokens; nil where there is none.
    let tokens: TokenPlan?
    let settings: DumpComparison.Settings

    private static let placesAtOnce = 2048

    func run(into writer: DiagnosisWriter, progress: (Int, Int) -> Void) throws -> DumpFindings {
        var first = try TopListPlaces(reference)
        var second = try TopListPlaces(policy)
        var sink = TokenSink(writer)
        var pairs = Pairs(topWidth: settings.topWidth)
        var dataset = tokens.map { DatasetPlaces(plan: $0, path: reference.path) }
        while true {
            let (p, q) = (try first.next(), try second.next())
            guard let p, let q else {
                guard p == nil, q == nil else {
                    throw DivergenceError(
                        .mismatch, path: p == nil ? reference.path : policy.path,
                        "ends before sequence \((p ?? q)?.sequence ?? 0), position \((p ?? q)?.position ?? 0) of the other dump"
                    )
                }
                break
            }
            try check(p, q)
            let counts = try dataset?.advance(to: p, tokenID: p.tokenID ?? q.tokenID) ?? true
            pairs.append(p, q, dataset, counts: counts)
            if pairs.places.count >= Self.placesAtOnce {
                try Task.checkCancellation()
                try pairs.flush(to: &sink)
                progress(first.progress.done, first.progress.total)
            }
        }
        try Task.checkCancellation()
        try dataset?.finish()
        try pairs.flush(to: &sink)
        guard sink.count > 0 else {
            throw DivergenceError(
                .malformed, path: reference.path, "lists tokens at no place where the other dump does")
        }
        progress(first.progress.done, first.progress.total)
        var findings = DumpFindings()
        findings.tokens = sink.count
        return findings
    }

    private func check(_ p: TopPlace, _ q: TopPlace) throws {
        guard p.sequence == q.sequence, p.position == q.position else {
            throw DivergenceError(
                .mismatch, path: policy.path,
                "is at sequence \(q.sequence), position \(q.position) where \(reference.path) is at sequence \(p.sequence), position \(p.position): the texts have different lengths"
            )
        }
        if let ours = p.tokenID, let theirs = q.tokenID, ours != theirs {
            throw DivergenceError(
                .mismatch, path: policy.path,
                "sequence \(q.sequence), position \(q.position): the token is \(theirs), and \(ours) in \(reference.path)"
            )
        }
    }

    /// Places that both dumps have.
    private struct Pairs {
        private(set) var places: [TokenBlock.Place] = []
        private var rows: [RowDivergence] = []
        private var topP: TopTokens
        private var topQ: TopTokens
        /// The names of the sequences from the number ``firstName`` on that are not begun yet.
        private var names: [String] = []
        private var firstName = 0

        init(topWidth: Int) {
            (topP, topQ) = (TopTokens(width: topWidth), TopTokens(width: topWidth))
        }

        mutating func append(_ p: TopPlace, _ q: TopPlace, _ dataset: DatasetPlaces?, counts: Bool) {
            // Texts without tokens have no places.
            while firstName + names.count < p.sequence {
                names.append(dataset?.plan.sequences[firstName + names.count].id ?? "")
            }
            if p.sequence == firstName + names.count {
                let name = p.sequenceID.isEmpty ? q.sequenceID : p.sequenceID
                names.append(dataset?.plan.sequences[p.sequence].id ?? name)
            }
            guard counts, let one = p.list, let other = q.list else { return }
            let target = p.tokenID ?? q.tokenID ?? dataset?.tokenID
            var row = TopListDivergence.measure(p: one, q: other, target: target)
            topP.append(one)
            topQ.append(other)
            TopListDivergence.compare(top: topP.ids(row: rows.count), topQ.ids(row: rows.count), into: &row)
            rows.append(row)
            places.append(
                TokenBlock.Place(
                    tokenID: target, position: Int32(clamping: p.position), sequence: Int32(clamping: p.sequence),
                    segment: dataset?.segment ?? .continuation, advantage: dataset?.advantage ?? .nan))
        }

        mutating func flush(to sink: inout TokenSink) throws {
            let (names, firstName) = (names, firstName)
            func id(_ number: Int) -> String { names[number - firstName] }
            try sink.append(
                places, rows, noiseFloors: [Double](repeating: .nan, count: rows.count), topP: topP, topQ: topQ, id: id)
            try sink.begin(through: firstName + names.count - 1, id: id)
            self.firstName += names.count
            self.names.removeAll()
            places.removeAll(keepingCapacity: true)
            rows.removeAll(keepingCapacity: true)
            (topP, topQ) = (TopTokens(width: topP.width), TopTokens(width: topQ.width))
        }
    }
}

/// Goes through the tokens of a dataset beside the places of a dump.
private struct DatasetPlaces {
    let plan: TokenPlan
    /// The dump.
    let path: String
    private var sequence = -1
    private var position = 0

    init(plan: TokenPlan, path: String) {
        self.plan = plan
        self.path = path
    }

    /// Where the columns have the token.
    private var place: Int { plan.sequences[sequence].tokens.lowerBound + position }
    var tokenID: Int32? { plan.tokenIDs?[place] }
    var segment: Segment? { plan.segments?[place] }
    var advantage: Double? { plan.advantages?[place] }

    /// Goes to the token at a place, which comes behind the one before.
    ///
    /// - Returns: whether it counts.
    /// - Throws: `mismatch` where the dataset has no such token, or another.
    mutating func advance(to next: TopPlace, tokenID: Int32?) throws -> Bool {
        if next.sequence != sequence {
            try finishSequence()
            let skipped = sequence + 1
            sequence = next.sequence
            guard sequence < plan.sequences.count else {
                throw mismatch("is not in the dataset, which has \(plan.sequences.count)")
            }
            if let missing = (skipped..<sequence).first(where: { !plan.sequences[$0].tokens.isEmpty }) {
                sequence = missing
                throw mismatch("has no tokens, and \(plan.sequences[missing].tokens.count) in the dataset")
            }
        }
        position = next.position
        let count = plan.sequences[sequence].tokens.count
        guard position < count else { throw mismatch("has more than the \(count) tokens of the dataset") }
        if let ours = plan.tokenIDs?[place], let tokenID, tokenID != ours {
            throw mismatch("position \(position): the token is \(tokenID), and \(ours) in the dataset")
        }
        return plan.counts?[place] ?? true
    }

    /// - Throws: `mismatch` where the dataset goes on.
    func finish() throws {
        try finishSequence()
        guard sequence + 1 == plan.sequences.count else {
            throw mismatch("is the last, of \(plan.sequences.count) in the dataset")
        }
    }

    private func finishSequence() throws {
        guard sequence >= 0 else { return }
        let count = plan.sequences[sequence].tokens.count
        guard position + 1 == count else {
            throw mismatch("has \(position + 1) tokens, and \(count) in the dataset")
        }
    }

    private func mismatch(_ reason: String) -> DivergenceError {
        DivergenceError(.mismatch, path: path, "sequence \(sequence) \(reason)")
    }
}
