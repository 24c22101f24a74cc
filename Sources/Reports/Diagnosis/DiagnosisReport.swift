public import Divergences
public import JSON

/// The page of a diagnosis.
public struct DiagnosisReport {
    /// How much of a diagnosis a page shows token by token; everything else is aggregated and does not grow with it.
    public struct Limits: Sendable, Hashable {
        /// Tokens of all sequences that can be read on the page; about 300 bytes each.
        public var tokens = 24_000
        /// Tokens of one sequence.
        public var tokensOfSequence = 6_000
        /// Sequences.
        public var sequences = 400
        /// The most probable tokens that are listed of each place.
        public var topTokens = 10
        /// Bytes of all texts of tokens.
        public var textBytes = 3 << 20

        /// A page of some 10 MB at most.
        public init() {}
    }

    /// Draws a diagnosis.
    ///
    /// Reads the columns that it needs one at a time, 8 bytes a token, and the tokens that it shows.
    ///
    /// - Parameters:
    ///   - file: the diagnosis.
    ///   - summary: its summary, as schemas/diagnosis-summary.v1.json has it; members that it lacks are left out.
    ///   - limits: how much is shown token by token.
    /// - Throws: `DivergenceError` where a column contradicts the contract; `HDF5Error` where it cannot be read.
    /// - Complexity: O(n log n) for n tokens.
    public static func page(
        of file: borrowing DiagnosisFile, summary: JSONNode, limits: Limits = Limits()
    ) throws -> ReportPage {
        let tokens = try DiagnosisTokens(file, summary: summary)
        let view = SummaryView(summary)
        let vocabulary = try file.vocabulary()
        let heatmap = try TokenHeatmap(file, tokens, vocabulary: vocabulary, summary: summary, limits: limits)
        let divergent = DivergentTokens(summary: summary, tokens: tokens, heatmap: heatmap)
        var blocks = view.opening(settings: file.settings)
        blocks.append(try heatmap.section(file))
        blocks.append(try DiagnosisCharts(file, tokens, summary: summary).section())
        blocks += try divergent.sections(file, vocabulary: vocabulary)
        blocks += view.tables()
        blocks.append(view.settings(file.settings, provenance: file.provenance))
        return ReportPage(
            kind: "Diagnosis", title: title(file.settings), subtitle: file.path, blocks: blocks)
    }

    private static func title(_ settings: JSONNode) -> String {
        let names = ["reference", "policy"].map { name(settings[$0]) }
        return "\(names[0]) and \(names[1])"
    }

    /// The last parts of a path that tell two inputs apart.
    private static func name(_ input: JSONNode?) -> String {
        let path = input?["path"]?.text ?? "?"
        let last = path.split(separator: "/").suffix(1).joined(separator: "/")
        let name = last.isEmpty ? path : last
        guard let adapter = input?["adapter"]?.text else { return name }
        return "\(name) with \(adapter.split(separator: "/").last.map(String.init) ?? adapter)"
    }
}
