import JSON

/// A metric of several runs in one chart.
struct DemonstrationCurves {
    private let runs: [String: TrainingRunFiles]

    init(_ runs: [String: TrainingRunFiles]) { self.runs = runs }

    /// A chart of one metric; nil where no run has it.
    ///
    /// - Parameter change: what is made of each run's numbers.
    func chart(
        _ title: String, metric: String, vertical: String, _ roles: [(run: String, title: String, role: SeriesRole)],
        note: String, change: (TrainingMetrics, [Double]) -> [Double] = { $1 }
    ) -> PageBlock? {
        let found = roles.compactMap { role in
            runs[role.run].map { (role: role, metrics: $0.metrics) }
        }.filter { $0.metrics.values(metric).contains(where: \.isFinite) }
        guard let longest = found.map(\.metrics.steps).max(by: { $0.count < $1.count }) else { return nil }
        let curve = TrainingCurve(steps: longest)
        var chart = LineChart(
            text: ChartText(title: title, note: note, horizontal: "update", vertical: vertical),
            places: curve.places, names: curve.names)
        chart.isCounted = true
        for (role, metrics) in found {
            let values = change(metrics, metrics.values(metric))
            let missing = [Double](repeating: .nan, count: longest.count - values.count)
            chart.series.append(
                LineChart.Series(name: role.title, role: role.role, values: curve.means(values + missing)))
        }
        return .lines(chart)
    }

    /// How many of TRAPO's rollouts begin with a prefix.
    var prefixes: PageBlock? {
        guard let metrics = runs["trapo"]?.metrics else { return nil }
        let curve = TrainingCurve(steps: metrics.steps)
        let levels: [(metric: String, title: String, role: SeriesRole)] = [
            ("batch/hint_level_1", "second micro-group", .both), ("batch/hint_level_2", "third", .other),
            ("batch/hint_level_3", "last", .policy),
        ]
        var chart = LineChart(
            text: ChartText(
                title: "TRAPO: how often help is needed",
                note:
                    "The share of rollouts with a prefix. The first micro-group never has one; the last gets the whole trace.",
                horizontal: "update", vertical: "share of rollouts"), places: curve.places, names: curve.names)
        chart.isCounted = true
        for level in levels where metrics.values(level.metric).contains(where: \.isFinite) {
            chart.series.append(
                LineChart.Series(
                    name: level.title, role: level.role, values: curve.means(metrics.values(level.metric))))
        }
        return chart.series.isEmpty ? nil : .lines(chart)
    }
}

extension TrainingMetrics {
    /// The mean of a metric over all updates that have it; nil where none has.
    func mean(_ name: String) -> Double? {
        let finite = values(name).filter(\.isFinite)
        return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
    }
}
