import Kernels

/// Compares two dumps that list the most probable tokens.
struct TopListComparison {
    let reference: TopListDump
    let policy: TopListDump
    let settings: DumpComparison.Settings

    private static let placesAtOnce = 2048

    func run(into writer: DiagnosisWriter, progress: (Int, Int) -> Void) throws -> DumpFindings {
        var first = try TopListPlaces(reference)
        var second = try TopListPlaces(policy)
        var sink = TokenSink(writer)
        var pairs = Pairs(topWidth: settings.topWidth)
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
            pairs.append(p, q)
            if pairs.places.count >= Self.placesAtOnce {
                try Task.checkCancellation()
                try pairs.flush(to: &sink)
                progress(first.progress.done, first.progress.total)
            }
        }
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

        mutating func append(_ p: TopPlace, _ q: TopPlace) {
            if p.sequence == firstName + names.count {
                names.append(p.sequenceID.isEmpty ? q.sequenceID : p.sequenceID)
            }
            guard let one = p.list, let other = q.list else { return }
            let target = p.tokenID ?? q.tokenID
            var row = TopListDivergence.measure(p: one, q: other, target: target)
            topP.append(one)
            topQ.append(other)
            TopListDivergence.compare(top: topP.ids(row: rows.count), topQ.ids(row: rows.count), into: &row)
            rows.append(row)
            places.append(
                TokenBlock.Place(
                    tokenID: target, position: Int32(clamping: p.position), sequence: Int32(clamping: p.sequence),
                    segment: .continuation))
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
