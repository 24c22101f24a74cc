import Divergences
import Glibc
import JSON

/// The pictures of a diagnosis, all of sums over its tokens.
struct DiagnosisCharts {
    private let tokens: DiagnosisTokens
    private let summary: JSONNode
    private let entropyP: [Double]
    private let entropyQ: [Double]
    private let logRatio: [Double]
    private let floors: [Double]

    init(_ file: borrowing DiagnosisFile, _ tokens: DiagnosisTokens, summary: JSONNode) throws {
        self.tokens = tokens
        self.summary = summary
        entropyP = try file.statistic(.entropyP)
        entropyQ = try file.statistic(.entropyQ)
        logRatio = try file.statistic(.logRatio)
        floors = try file.statistic(.noiseFloor)
    }

    func section() -> PageBlock {
        let segments = tokens.responseSegments
        var scopes = [(name: "Whole response", blocks: charts(of: tokens.rows()))]
        if segments.count > 1 {
            scopes += segments.map { (name: $0.name.capitalisedFirst, blocks: charts(of: tokens.rows(in: $0))) }
        }
        return .section(
            title: "Distributions", note: nil,
            blocks: [
                curves(),
                scopes.count > 1 ? .choice(label: "Tokens of the", options: scopes) : .grid(scopes[0].blocks.flattened),
            ])
    }

    /// The pictures for which something is known: top-k inputs have no entropies, and dumps without tokens no ratios.
    private func charts(of rows: [Int]) -> [PageBlock] {
        [.grid([entropies(rows), ratios(rows), pairs(rows), divergences(rows)].compactMap { $0 })]
    }

    private func curves() -> PageBlock {
        var (response, whole): ([(row: Int, place: Int)], [(row: Int, place: Int)]) = ([], [])
        for sequence in 0..<max(0, tokens.offsets.count - 1) {
            let range = tokens.offsets[sequence]..<tokens.offsets[sequence + 1]
            var place = 0
            for row in range {
                whole.append((row, row - range.lowerBound))
                guard tokens.response.contains(tokens.segments[row]) else { continue }
                response.append((row, place))
                place += 1
            }
        }
        var options = [
            (
                name: "place in the response",
                blocks: [curve(response, "Place in the response, in tokens from its first")]
            )
        ]
        if whole.count > response.count {
            options.append(
                (name: "place in the sequence", blocks: [curve(whole, "Place in the sequence, prompts included")]))
        }
        if let shares = shares() { options.append((name: "share of the response", blocks: [shares])) }
        return options.count > 1 ? .choice(label: "KL against", options: options) : options[0].blocks[0]
    }

    private func curve(_ rows: [(row: Int, place: Int)], _ axis: String) -> PageBlock {
        let curve = PositionCurve(tokens.kl, rows: rows)
        let floor = PositionCurve(floors, rows: rows)
        var chart = LineChart(
            text: ChartText(
                title: "\(tokens.klName) against position",
                note:
                    "The line is the mean of finite values, the dashed one the median; the bands hold the middle 50 % and 80 % "
                    + "of the tokens.",
                horizontal: axis, vertical: "nats, log scale"),
            places: curve.places, names: curve.names)
        chart.isLogarithmic = true
        chart.isCounted = true
        chart.counts = curve.counts
        chart.bands = [
            .init(name: "10 % to 90 %", lower: curve.quantiles[0], upper: curve.quantiles[4]),
            .init(name: "25 % to 75 %", lower: curve.quantiles[1], upper: curve.quantiles[3]),
        ]
        chart.series = [
            .init(name: "mean", role: .both, values: curve.means),
            .init(name: "median", role: .other, values: curve.quantiles[2]),
        ]
        let infinite = rows.lazy.filter { tokens.kl[$0.row] == .infinity }.count
        guard let range = chart.verticalRange else { return .note(nothing(rows.count, infinite: infinite)) }
        if infinite > 0 {
            chart.text.note += " \(infinite) of \(rows.count) tokens have an infinite KL and are left out."
        }
        add(floor, to: &chart, range)
        return .lines(chart)
    }

    /// Why there is no curve.
    private func nothing(_ count: Int, infinite: Int) -> String {
        let found =
            switch infinite {
            case count: count == 0 ? "there are no tokens" : "it is infinite at all \(count) tokens"
            case 0: "it is 0 or unknown at all \(count) tokens"
            default: "it is infinite at \(infinite) of \(count) tokens, and 0 or unknown at the others"
            }
        return "No curve of \(tokens.klName) against position: \(found)."
    }

    /// The noise floor as a line where it is within the range of the divergences, else in words.
    private func add(_ floor: PositionCurve, to chart: inout LineChart, _ range: ClosedRange<Double>) {
        let positive = floor.means.filter { $0 > 0 }
        guard let least = positive.min(), let most = positive.max() else { return }
        // Floors are known of every token or of none of an input; where steps differ they cannot be drawn together.
        if floor.names == chart.names, positive.contains(where: { range.contains(log10($0)) }) {
            chart.text.note += " Dots: the KL that rounding of the inputs makes by itself."
            chart.series.append(.init(name: "noise floor", role: .floor, values: floor.means))
        } else {
            let numbers = [least, most].map { PageNumber.node($0, digits: 2).shown }
            chart.text.note +=
                " The KL that rounding of the inputs makes by itself is "
                + (numbers[0] == numbers[1] ? numbers[0] : "\(numbers[0]) to \(numbers[1])")
                + (log10(most) < range.lowerBound ? ", below the picture." : ", and is not drawn.")
        }
    }

    /// The means of the summary over tenths of the response, with their intervals over sequences.
    private func shares() -> PageBlock? {
        let name = tokens.isLowerBound ? "topk_kl" : "kl_reference_policy"
        let groups = summary[path: "groups", "response_shares"]?.items ?? []
        let found = groups.compactMap { group -> (group: JSONNode, statistic: JSONNode)? in
            group["statistics"]?.items.first { $0["name"]?.text == name }.map { (group, $0) }
        }
        guard found.count > 1 else { return nil }
        var chart = LineChart(
            text: ChartText(
                title: "\(tokens.klName) against the share of the response",
                note: "Means over tokens; the band is their bootstrap interval over sequences.",
                horizontal: "Share of the response, %", vertical: "nats, log scale"),
            places: found.map { 50 * (($0.group["from"]?.number ?? 0) + ($0.group["to"]?.number ?? 1)) },
            names: found.map { $0.group["name"]?.text ?? "" })
        chart.isLogarithmic = true
        chart.counts = found.map { $0.group["tokens"]?.integer ?? 0 }
        let bounds = ["lower", "upper"].map { key in found.map { $0.statistic[key]?.number ?? .nan } }
        chart.bands = [.init(name: "interval", lower: bounds[0], upper: bounds[1])]
        chart.series = [.init(name: "mean", role: .both, values: found.map { $0.statistic["mean"]?.number ?? .nan })]
        return chart.verticalRange == nil ? nil : .lines(chart)
    }

    private func entropies(_ rows: [Int]) -> PageBlock? {
        let range = AxisRange.around(
            [entropyP, entropyQ].lazy.flatMap { entropies in rows.lazy.map { entropies[$0] } })
        var chart = HistogramChart(
            text: ChartText(
                title: "Entropies of both policies",
                note: "How many tokens have which entropy; counts on a log scale.", horizontal: "Entropy, nats",
                vertical: "tokens, log scale"),
            lower: range.lowerBound, upper: range.upperBound)
        chart.add("reference p", .reference, rows.lazy.map { entropyP[$0] }, steps: 48)
        chart.add("policy q", .policy, rows.lazy.map { entropyQ[$0] }, steps: 48)
        return chart.isEmpty ? nil : .histogram(chart)
    }

    private func ratios(_ rows: [Int]) -> PageBlock? {
        let low = summary[path: "settings", "epsilon_low"]?.number ?? 0.2
        let high = summary[path: "settings", "epsilon_high"]?.number ?? low
        let marks = [
            low < 1 ? ChartMark(at: log1p(-low), label: "1 - \(low)") : nil,
            ChartMark(at: log1p(high), label: "1 + \(high)"),
        ].compactMap { $0 }
        let values = rows.lazy.map { logRatio[$0] }.filter(\.isFinite).sorted()
        func quantile(_ share: Double) -> Double { values.isEmpty ? 0 : values[Int(Double(values.count - 1) * share)] }
        let places = marks.map { 1.3 * $0.at } + [-0.01, 0.01]
        let ends = (min(quantile(0.001), places.min() ?? 0), max(quantile(0.999), places.max() ?? 0))
        var chart = HistogramChart(
            text: ChartText(
                title: "Log-ratio of the tokens",
                note:
                    "log q - log p of the token that stands there. Between the dashed lines the ratio q / p is not clipped. Steps widen "
                    + "away from 0, so that the middle and the tails can both be seen; counts on a log scale. The outermost steps also "
                    + "count what lies beyond.",
                horizontal: "log q - log p, nats; not linear (asinh)", vertical: "tokens, log scale"),
            lower: ends.0, upper: ends.1, scale: .bothWays(unit: 0.03), isClamped: true)
        chart.add("tokens", .both, rows.lazy.map { logRatio[$0] }, steps: 60)
        chart.marks = marks
        return chart.isEmpty ? nil : .histogram(chart)
    }

    /// Powers of ten around the divergences above 0, but for the smallest 0.5 %, which are mostly where both are certain.
    private func decades(_ rows: [Int]) -> ClosedRange<Double> {
        let positive = rows.lazy.map { tokens.kl[$0] }.filter { $0 > 0 && $0.isFinite }.sorted()
        guard let most = positive.last else { return -1...0 }
        let low = max(floor(log10(positive[positive.count / 200])), -12)
        return low...max(min(ceil(log10(most)), 308), low + 1)
    }

    private func pairs(_ rows: [Int]) -> PageBlock? {
        var chart = HexbinChart(
            text: ChartText(
                title: "\(tokens.klName) against entropy", note: "", horizontal: "Entropy of the reference p, nats",
                vertical: "KL, nats, log scale"),
            horizontal: AxisRange.around(rows.lazy.map { entropyP[$0] }), vertical: decades(rows))
        for row in rows { chart.add(entropyP[row], tokens.kl[row]) }
        chart.text.note =
            "How many tokens have which entropy and divergence; colours are logarithmic in the count."
            + (chart.omitted > 0 ? " \(chart.omitted) tokens are outside: 0, infinite, unknown, or too small." : "")
        return chart.cells.isEmpty ? nil : .hexbin(chart)
    }

    private func divergences(_ rows: [Int]) -> PageBlock? {
        let range = decades(rows)
        let bounds = (pow(10, range.lowerBound), pow(10, range.upperBound))
        let outside = rows.lazy.filter { !(tokens.kl[$0] >= bounds.0 && tokens.kl[$0] <= bounds.1) }.count
        var chart = HistogramChart(
            text: ChartText(
                title: tokens.klName,
                note: "How many tokens have which divergence; both scales are logarithmic."
                    + (outside > 0 ? " \(outside) tokens are outside: 0, infinite, unknown, or too small." : ""),
                horizontal: "KL, nats, log scale", vertical: "tokens, log scale"),
            lower: bounds.0, upper: bounds.1, scale: .logarithmic)
        chart.add("tokens", .both, rows.lazy.map { tokens.kl[$0] }, steps: 48)
        if let floor = summary[path: "noise", "floor"]?.number, floor > 0, range.contains(log10(floor)) {
            chart.marks = [ChartMark(at: floor, label: "noise floor")]
        }
        if let mean = summary[path: "noise", "kl"]?.number, mean > 0, range.contains(log10(mean)) {
            chart.marks.append(ChartMark(at: mean, label: "mean"))
        }
        return chart.isEmpty ? nil : .histogram(chart)
    }
}

extension String {
    /// With a capital letter in front.
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension [PageBlock] {
    /// What stands in the grids, without them.
    var flattened: [PageBlock] {
        flatMap { block in
            if case .grid(let blocks) = block { blocks } else { [block] }
        }
    }
}
