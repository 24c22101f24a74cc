/// The columns of a diagnosis, read one after another and summed up.
struct SummaryColumns {
    private(set) var statistics: [StatisticSummary] = []
    /// Segments, entropies, positions and shares of the response.
    private(set) var groups: [[TokenGroup]] = []
    private(set) var sequences: [SequenceStatistic] = []
    /// For each sequence, the sum of l over its response.
    private var logRatioSums: [Double] = []

    /// What is summed over each sequence.
    private static let summed: [TokenStatistic] = [.klPQ, .klQP, .logRatio, .k1, .k2, .k3, .topKL]

    init(_ file: borrowing DiagnosisFile, _ settings: SummarySettings, _ means: inout SummaryMeans) throws {
        let rows = means.rows
        let response = Grouping.response(rows)
        let groupings = [
            Grouping.segments(rows),
            Grouping.entropy(rows, try file.statistic(.entropyP), share: settings.highEntropyShare),
            Grouping.positions(rows), Grouping.shares(rows),
        ]
        var found: [[[GroupStatistic]]] = groupings.map { $0.groups.map { _ in [] } }
        var sums: [[Double]] = []
        for statistic in TokenStatistic.allCases {
            let values = try file.statistic(statistic)
            let isGrouped = TokenGroup.kept.contains(statistic)
            let averages = means.means(values, over: [response] + (isGrouped ? groupings : []))
            statistics.append(StatisticSummary(statistic, values, rows, mean: averages[0][0].interval))
            for (place, group) in averages.dropFirst().enumerated() {
                for (index, mean) in group.enumerated() {
                    found[place][index].append(
                        GroupStatistic(
                            statistic: statistic, tokens: mean.tokens, infinite: mean.infinite, mean: mean.interval))
                }
            }
            if Self.summed.contains(statistic) { sums.append(means.sums(values)) }
            if statistic == .logRatio { logRatioSums = sums.last ?? [] }
        }
        groups = zip(groupings, found).map { Self.groups($0, $1, rows) }
        let lengths = rows.lengths.map { $0 > 0 ? Double($0) : .nan }
        let averages = means.means(overSequences: [lengths] + sums)
        // The columns were summed in the order of the file.
        let names = ["tokens"] + TokenStatistic.allCases.filter(Self.summed.contains).map(\.rawValue)
        sequences = zip(zip(names, [lengths] + sums), averages).map { SequenceStatistic($0.0, $0.1, mean: $1) }
    }

    private static func groups(
        _ grouping: Grouping, _ statistics: [[GroupStatistic]], _ rows: ResponseRows
    ) -> [TokenGroup] {
        var tokens = grouping.groups.map { _ in 0 }
        var sequences = tokens
        var latest = grouping.groups.map { _ in Int32(-1) }
        for row in 0..<rows.count {
            let group = Int(grouping.membership[row])
            guard group < tokens.count else { continue }
            tokens[group] += 1
            // Rows are in the order of sequences.
            guard latest[group] != rows.sequences[row] else { continue }
            latest[group] = rows.sequences[row]
            sequences[group] += 1
        }
        return grouping.groups.indices.filter { tokens[$0] > 0 }.map {
            let group = grouping.groups[$0]
            return TokenGroup(
                name: group.name, from: group.from, to: group.to, tokens: tokens[$0], sequences: sequences[$0],
                statistics: statistics[$0])
        }
    }

    /// The weights of tokens and of sequences; nil without log-probabilities.
    func importance(_ logRatios: [Double], _ rows: ResponseRows, cap: Double) -> ImportanceWeights? {
        let known = logRatios.indices.filter { rows.contains($0) && !logRatios[$0].isNaN }.map { logRatios[$0] }
        guard !known.isEmpty else { return nil }
        return ImportanceWeights(
            token: .init(logWeights: known, cap: cap), sequence: .init(logWeights: logRatioSums, cap: cap))
    }
}
