import Divergences
import JSON

/// Where the tokens of a diagnosis stand, and how far the policies are apart there.
struct DiagnosisTokens: Sendable {
    /// The divergence of each token: `kl_reference_policy`, and for top-k inputs its lower bound `topk_kl`.
    let kl: [Double]
    let klName: String
    let isLowerBound: Bool
    let segments: [Segment]
    /// Sequence i has the tokens offsets[i] ..< offsets[i + 1].
    let offsets: [Int]
    /// What the summary is about.
    let response: Set<Segment>

    init(_ file: borrowing DiagnosisFile, summary: JSONNode) throws {
        isLowerBound = file.settings["coverage"]?.text == "top-k"
        kl = try file.statistic(isLowerBound ? .topKL : .klPQ)
        klName = isLowerBound ? "Top-k KL(p \u{2016} q)" : "KL(p \u{2016} q)"
        segments = try file.segments()
        offsets = try file.sequenceOffsets()
        let named = Set((summary[path: "settings", "segments"]?.items ?? []).compactMap(\.text))
        let found = Set(Segment.allCases.filter { named.contains($0.name) })
        response = found.isEmpty ? [.prefix, .continuation] : found
    }

    /// The tokens that the summary is about.
    func rows(in segment: Segment? = nil) -> [Int] {
        segments.indices.filter { row in
            if let segment { return segments[row] == segment }
            return response.contains(segments[row])
        }
    }

    /// The segments of the response that occur.
    var responseSegments: [Segment] {
        var seen: Set<Segment> = []
        for segment in segments { seen.insert(segment) }
        return Segment.allCases.filter { seen.contains($0) && response.contains($0) }
    }

    /// The mean of the finite divergences of some tokens; infinite where all that are known are, NaN where none is known.
    func mean(_ rows: some Sequence<Int>) -> Double {
        var (sum, count, infinite) = (0.0, 0, 0)
        for row in rows {
            if kl[row].isFinite {
                sum += kl[row]
                count += 1
            } else if kl[row] == .infinity {
                infinite += 1
            }
        }
        guard count == 0 else { return sum / Double(count) }
        return infinite > 0 ? .infinity : .nan
    }
}
