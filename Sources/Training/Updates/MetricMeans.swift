import Objectives

/// Numbers of an update, out of those of its parts.
struct MetricMeans {
    private struct Entry {
        let name: String
        var sum = 0.0
        var weight = 0.0
    }

    private enum Kind {
        case mean
        case least
        case greatest
        case total
    }

    private var entries: [Entry] = []
    private var places: [String: Int] = [:]

    /// What whole batches of rollouts say, and their parts cannot.
    private static let wholeBatch: Set<String> = [
        "reward", "reward_std", "frac_reward_zero_std", "num_tokens", "lambda/mean", "lambda/min", "lambda/max",
        "mu/mean", "frac_slack", "frac_stopped",
    ]

    private static func kind(_ name: String) -> Kind {
        if name == "num_prefix_tokens" || name == "lagrangian" { return .total }
        if name.hasSuffix("/min") || name.hasSuffix("_min") { return .least }
        if name.hasSuffix("/max") || name.hasSuffix("_max") { return .greatest }
        return .mean
    }

    /// Adds what an objective reports of a part of the update.
    ///
    /// - Parameter ownTokens: tokens that count and that the policy wrote.
    mutating func add(_ result: ObjectiveResult, ownTokens: Int) {
        let tokens = result.metric("num_tokens") ?? 0
        let prefix = result.metric("num_prefix_tokens")
        for metric in result.metrics where !Self.wholeBatch.contains(metric.name) {
            var weight = tokens
            if metric.name.hasPrefix("off_") { weight = prefix ?? 0 }
            if metric.name == "nll", let prefix { weight = prefix }
            if metric.name.hasPrefix("on_") { weight = Double(ownTokens) }
            add(metric.name, metric.value, weight: weight)
        }
    }

    /// Adds a number, a mean over so many things.
    mutating func add(_ name: String, _ value: Double, weight: Double) {
        let place: Int
        if let known = places[name] {
            place = known
        } else {
            place = entries.count
            places[name] = place
            entries.append(Entry(name: name))
        }
        switch Self.kind(name) {
        case .mean:
            entries[place].sum += weight * value
            entries[place].weight += weight
        case .total:
            entries[place].sum += value
            entries[place].weight = 1
        case .least:
            entries[place].sum = entries[place].weight == 0 ? value : min(entries[place].sum, value)
            entries[place].weight = 1
        case .greatest:
            entries[place].sum = entries[place].weight == 0 ? value : max(entries[place].sum, value)
            entries[place].weight = 1
        }
    }

    /// The numbers, in the order in which they first came; those over nothing are left out.
    var metrics: [Metric] {
        entries.filter { $0.weight > 0 }.map { Metric(Self.logged($0.name), $0.sum / $0.weight) }
    }

    /// The name in logs: those of expert and own tokens have the prefix that LUFFY's and TRAPO's public code gives them.
    private static func logged(_ name: String) -> String {
        name.hasPrefix("off_") || name.hasPrefix("on_") ? "actor/\(name)" : name
    }
}

/// A number about a step.
public struct Metric: Sendable, Hashable {
    /// Its name, TRL's where it has one.
    public let name: String
    /// The number.
    public let value: Double

    /// A number.
    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}
