import Kernels

/// Compares a dump that has every token of the vocabulary with one that lists the most probable ones.
struct MixedComparison {
    let rows: LogitDump
    let lists: TopListDump
    /// Whether the rows are q's.
    let isPolicyRows: Bool
    let tokens: TokenPlan
    let shift: Shift
    let vocabularySize: Int
    let settings: DumpComparison.Settings

    func run(
        _ team: ThreadTeam, into writer: DiagnosisWriter, progress: (Int, Int) -> Void
    ) throws -> DumpFindings {
        let rowsInBlock = RowSlot.rows(for: [rows], settings)
        var schedule = RowSchedule(tokens, shift: shift, rowsInBlock: rowsInBlock)
        let slot = RowSlot([rows], rows: min(rowsInBlock, schedule.total))
        var listed = ListedPlaces(places: try TopListPlaces(lists), plan: tokens, path: lists.path)
        var sink = TokenSink(writer)
        var findings = DumpFindings()
        func id(_ number: Int) -> String { tokens.sequences[number].id }
        var done = 0
        while var block = schedule.next() {
            try Task.checkCancellation()
            try slot.load(block)
            let found = try block.places.map { try listed.list(at: $0) }
            for index in found.indices where block.targets[index] < 0 {
                // What the other dump says of the token.
                guard let id = found[index]?.tokenID else { continue }
                try check(id, block, index)
                (block.targets[index], block.places[index].tokenID) = (id, id)
            }
            let result = try measure(team, block, in: slot)
            try append(found, block, result, from: slot, to: &sink, id: id)
            findings.add(result)
            done += block.count
            progress(done, schedule.total)
        }
        try listed.finish()
        guard sink.count > 0 else {
            throw DivergenceError(.mismatch, path: lists.path, "lists tokens at no place that counts in \(rows.path)")
        }
        try sink.begin(through: tokens.sequences.count - 1, id: id)
        findings.tokens = sink.count
        if isPolicyRows {
            findings.largestNormalisers.reference = .nan
        } else {
            findings.largestNormalisers.policy = .nan
        }
        return findings
    }

    private func check(_ id: Int32, _ block: RowBlock, _ index: Int) throws {
        guard id >= vocabularySize else { return }
        let place = block.places[index]
        throw DivergenceError(
            .mismatch, path: lists.path,
            "sequence \(place.sequence), position \(place.position): has the token \(id), outside the vocabulary of \(vocabularySize)"
        )
    }

    /// The rows compared with themselves, for what is known of one side alone.
    private func measure(_ team: ThreadTeam, _ block: RowBlock, in slot: RowSlot) throws -> DivergenceRows.Result {
        let logits = slot.logits(0, rows: block.count)
        do throws(LogitRowError) {
            return try DivergenceRows.measure(
                team, reference: logits, policy: logits, targets: block.targets,
                settings: .init(vocabularySize: vocabularySize, topWidth: settings.topWidth))
        } catch {
            throw DivergenceError(error, in: block, of: rows)
        }
    }

    private func append(
        _ found: [TopPlace?], _ block: RowBlock, _ result: DivergenceRows.Result, from slot: RowSlot,
        to sink: inout TokenSink, id: (Int) -> String
    ) throws {
        var places: [TokenBlock.Place] = []
        var compared: [RowDivergence] = []
        var (topRows, topLists) = (TopTokens(width: settings.topWidth), TopTokens(width: settings.topWidth))
        for (index, place) in found.enumerated() {
            guard let list = place?.list else { continue }
            for entry in list.entries { try check(entry.id, block, index) }
            let full = result.rows[index]
            let numbers = slot.numbers(0, row: index, columns: list.entries.map { Int($0.id) })
            let known = TopList(
                entries: zip(list.entries, numbers).map { entry, number in
                    TopList.Entry(id: entry.id, logProb: min(0, number - full.logNormaliserP), rank: 0)
                })
            let (p, q) = isPolicyRows ? (list, known) : (known, list)
            var row = TopListDivergence.measure(
                p: p, q: q, target: block.targets[index] < 0 ? nil : block.targets[index])
            fill(&row, from: full)
            let top = result.topP.rows(index..<index + 1)
            topRows.ids += top.ids
            topRows.logProbs += top.logProbs
            topLists.append(list)
            TopListDivergence.compare(
                top: topRows.ids(row: compared.count), topLists.ids(row: compared.count), into: &row)
            compared.append(row)
            places.append(block.places[index])
        }
        try sink.append(
            places, compared, noiseFloors: [Double](repeating: .nan, count: places.count),
            topP: isPolicyRows ? topLists : topRows, topQ: isPolicyRows ? topRows : topLists, id: id)
    }

    /// Takes over what is known of the side that has all tokens.
    private func fill(_ row: inout RowDivergence, from full: RowDivergence) {
        if isPolicyRows {
            (row.logQ, row.rankQ, row.entropyQ) = (full.logQ, full.rankQ, full.entropyQ)
            (row.varentropyQ, row.logNormaliserQ, row.squareQ) = (
                full.varentropyQ, full.logNormaliserQ, full.squareQ
            )
        } else {
            (row.logP, row.rankP, row.entropyP) = (full.logP, full.rankP, full.entropyP)
            (row.varentropyP, row.logNormaliserP, row.squareP) = (
                full.varentropyP, full.logNormaliserP, full.squareP
            )
        }
    }
}

/// The places of a top-k dump, found by sequence and position in ascending order.
private struct ListedPlaces: ~Copyable {
    var places: TopListPlaces
    let plan: TokenPlan
    let path: String
    private var pending: TopPlace?
    private var isAtEnd = false

    init(places: consuming TopListPlaces, plan: TokenPlan, path: String) {
        self.places = places
        self.plan = plan
        self.path = path
    }

    /// What is listed at a place; nil where nothing is, which only padding and places without a token may have.
    ///
    /// - Throws: `mismatch` where texts have other lengths or other tokens.
    mutating func list(at place: TokenBlock.Place) throws -> TopPlace? {
        let wanted = (Int(place.sequence), Int(place.position))
        try advance()
        while let next = pending, (next.sequence, next.position) < wanted {
            pending = nil
            try advance()
        }
        let sequence = plan.sequences[wanted.0]
        guard let next = pending, (next.sequence, next.position) == wanted else {
            // Behind the last token stands none, and where lengths are not known, padding may.
            let isBehind = wanted.1 - sequence.firstPosition >= sequence.tokens.count
            guard isBehind || !plan.hasLengths else {
                throw mismatch(wanted.0, "has no position \(wanted.1)")
            }
            return nil
        }
        if let ours = place.tokenID, let theirs = next.tokenID, ours != theirs {
            throw mismatch(wanted.0, "position \(wanted.1): the token is \(theirs), and \(ours) beside the logits")
        }
        return next
    }

    /// Goes to the end.
    mutating func finish() throws {
        try advance()
        while pending != nil {
            pending = nil
            try advance()
        }
    }

    private mutating func advance() throws {
        guard pending == nil, !isAtEnd else { return }
        pending = try places.next()
        guard let next = pending else {
            isAtEnd = true
            return
        }
        guard next.sequence < plan.sequences.count else {
            throw mismatch(next.sequence, "is not beside the logits, which have \(plan.sequences.count) sequences")
        }
        let sequence = plan.sequences[next.sequence]
        guard next.position - sequence.firstPosition < sequence.tokens.count else {
            throw mismatch(next.sequence, "has more than the \(sequence.tokens.count) tokens of the logits")
        }
    }

    private func mismatch(_ sequence: Int, _ reason: String) -> DivergenceError {
        DivergenceError(.mismatch, path: path, "sequence \(sequence) \(reason)")
    }
}
