import Evaluation

/// Which tokens of a diagnosis a summary is about, and the sequences and groups that they belong to.
struct ResponseRows {
    /// Tokens and sequences of the diagnosis.
    let count: Int
    let sequenceCount: Int
    /// The segments that make the response.
    let chosen: [Segment]
    /// For each token its segment.
    let segments: [Segment]
    /// For each token its sequence.
    let sequences: [Int32]
    /// For each token its place among the tokens of its sequence's response, from 0; -1 outside.
    let places: [Int32]
    /// For each sequence, tokens of its response.
    let lengths: [Int]

    /// Reads the segments and the sequences of a diagnosis.
    init(_ file: borrowing DiagnosisFile, segments asked: Set<Segment>?) throws {
        let offsets = try file.sequenceOffsets()
        let segments = try file.segments()
        let occurring = Set(segments)
        let usual: Set<Segment> = occurring.isSubset(of: [.prompt]) ? [.prompt] : [.prefix, .continuation]
        let chosen = asked ?? usual
        var sequences = [Int32](repeating: 0, count: segments.count)
        var places = [Int32](repeating: -1, count: segments.count)
        var lengths: [Int] = []
        for sequence in 0..<max(0, offsets.count - 1) {
            var length = 0
            for row in offsets[sequence]..<offsets[sequence + 1] {
                sequences[row] = Int32(clamping: sequence)
                guard chosen.contains(segments[row]) else { continue }
                places[row] = Int32(clamping: length)
                length += 1
            }
            lengths.append(length)
        }
        count = segments.count
        sequenceCount = lengths.count
        self.chosen = Segment.allCases.filter(chosen.contains)
        (self.segments, self.sequences, self.places, self.lengths) = (segments, sequences, places, lengths)
    }

    /// Whether a token is of the response.
    func contains(_ row: Int) -> Bool { places[row] >= 0 }

    /// Tokens of the response.
    var responseCount: Int { lengths.reduce(0, +) }
    /// Sequences with such tokens.
    var responseSequenceCount: Int { lengths.count { $0 > 0 } }
}

/// A way to divide tokens into groups.
struct Grouping {
    /// A group that tokens may belong to.
    struct Group {
        let name: String
        var from: Double?
        var to: Double?
    }

    let groups: [Group]
    /// For each token the number of its group; 255 for none.
    let membership: [UInt8]

    private static let none = UInt8.max

    /// The response as the only group.
    static func response(_ rows: ResponseRows) -> Grouping {
        Grouping(groups: [Group(name: "response")], membership: rows.places.map { $0 < 0 ? none : 0 })
    }

    /// By segment, prompts too.
    static func segments(_ rows: ResponseRows) -> Grouping {
        Grouping(groups: Segment.allCases.map { Group(name: $0.name) }, membership: rows.segments.map(\.rawValue))
    }

    /// By place in the response: 0, 1, 2-3, 4-7 and so on.
    static func positions(_ rows: ResponseRows) -> Grouping {
        let groups = (0..<32).map { bits in
            let (from, to) = (bits == 0 ? 0 : 1 << (bits - 1), 1 << bits)
            return Group(name: to - from == 1 ? "\(from)" : "\(from)-\(to - 1)", from: Double(from), to: Double(to))
        }
        return Grouping(
            groups: groups,
            membership: rows.places.map { $0 < 0 ? none : UInt8(Int32.bitWidth - $0.leadingZeroBitCount) })
    }

    /// By share of the response, in ten equal parts.
    static func shares(_ rows: ResponseRows) -> Grouping {
        let groups = (0..<10).map {
            Group(name: "\($0 * 10)-\($0 * 10 + 10) %", from: Double($0) / 10, to: Double($0 + 1) / 10)
        }
        let membership = zip(rows.places, rows.sequences).map { place, sequence in
            place < 0 ? none : UInt8(clamping: Int(place) * 10 / rows.lengths[Int(sequence)])
        }
        return Grouping(groups: groups, membership: membership)
    }

    /// By entropy under p: at or above the quantile 1 - share of the response (Wang et al., arXiv 2506.01939), and the rest.
    static func entropy(_ rows: ResponseRows, _ entropies: [Double], share: Double) -> Grouping {
        var known = entropies.indices.filter { rows.contains($0) && !entropies[$0].isNaN }.map { entropies[$0] }
        guard !known.isEmpty else { return Grouping(groups: [], membership: entropies.map { _ in none }) }
        let threshold = Quantiles.of(&known, [1 - share])[0]
        return Grouping(
            groups: [Group(name: "high", from: threshold), Group(name: "low", to: threshold)],
            membership: entropies.indices.map {
                !rows.contains($0) || entropies[$0].isNaN ? none : entropies[$0] >= threshold ? 0 : 1
            })
    }
}
