import JSON

/// The metrics of a run: for each name a number for each update, NaN where an update has none.
struct TrainingMetrics {
    /// The most numbers that are held; more are an error.
    static let largest = 64 << 20
    /// The most names.
    static let mostNames = 4096

    /// The updates, ascending.
    private(set) var steps: [Int] = []
    /// The names in the order in which they came up.
    private(set) var names: [String] = []
    private var columns: [String: [Double]] = [:]

    /// Takes a line in.
    ///
    /// - Returns: what is wrong with it; nil where nothing is.
    mutating func add(_ line: JSONNode) -> String? {
        guard case .object(let members) = line, let step = line["step"]?.integer, step >= 0 else {
            return "is no object with a step"
        }
        if let last = steps.last, step <= last { return "is of step \(step), after step \(last)" }
        for (name, value) in members where name != "step" {
            guard value == .null || value.number != nil else { return "has a metric that is no number" }
            if columns[name] == nil {
                guard names.count < TrainingMetrics.mostNames else {
                    return "has more than \(TrainingMetrics.mostNames) metrics"
                }
                names.append(name)
            }
            var column = columns.removeValue(forKey: name) ?? []
            column.reserveCapacity(steps.count + 1)
            while column.count < steps.count { column.append(.nan) }
            if column.count == steps.count { column.append(value.number ?? .nan) }
            columns[name] = column
        }
        steps.append(step)
        guard steps.count <= TrainingMetrics.largest / max(names.count, 1) else {
            return "is one too many: there are more than \(TrainingMetrics.largest) numbers"
        }
        return nil
    }

    /// The numbers of a metric, one for each update; none where there is no such metric.
    func values(_ name: String) -> [Double] {
        guard let column = columns[name] else { return [] }
        return column + [Double](repeating: .nan, count: steps.count - column.count)
    }

    /// The last number of a metric, and the mean of the last tenth of the updates, at least 1; nil where there is none.
    func ending(_ name: String) -> (last: Double, mean: Double)? {
        let tail = values(name).suffix(max(1, steps.count / 10)).filter(\.isFinite)
        guard let last = tail.last else { return nil }
        return (last, tail.reduce(0, +) / Double(tail.count))
    }
}

/// A metric over a run, in so few places that it can be drawn.
struct TrainingCurve {
    /// The most places of a curve.
    static let mostPlaces = 400

    /// The middle update of each place.
    let places: [Double]
    /// What each place is called where it is several updates.
    let names: [String]?
    private let ranges: [Range<Int>]

    init(steps: [Int]) {
        let count = min(steps.count, TrainingCurve.mostPlaces)
        ranges = (0..<count).map { $0 * steps.count / count..<($0 + 1) * steps.count / count }
        places = ranges.map { (Double(steps[$0.lowerBound]) + Double(steps[$0.upperBound - 1])) / 2 }
        names =
            count < steps.count
            ? ranges.map { "updates \(steps[$0.lowerBound]) to \(steps[$0.upperBound - 1])" }
            : steps.map { "update \($0)" }
    }

    /// Whether places are several updates.
    var isReduced: Bool { ranges.contains { $0.count > 1 } }

    /// The mean of each place; NaN where there is no finite number.
    func means(_ values: [Double]) -> [Double] {
        reduce(values) { $0.reduce(0, +) / Double($0.count) }
    }

    /// The least and the largest of each place.
    func band(_ values: [Double], name: String) -> LineChart.Band {
        LineChart.Band(
            name: name, lower: reduce(values) { $0.min() ?? .nan }, upper: reduce(values) { $0.max() ?? .nan })
    }

    private func reduce(_ values: [Double], _ combine: ([Double]) -> Double) -> [Double] {
        ranges.map { range in
            let finite = values[range].filter(\.isFinite)
            return finite.isEmpty ? .nan : combine(finite)
        }
    }
}
