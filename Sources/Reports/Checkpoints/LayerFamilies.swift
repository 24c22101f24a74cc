import JSON

/// Tensors that do the same in different layers.
struct LayerFamilies: Sendable {
    /// A name with `*` for the layer's number, and the tensors by ascending layer.
    let families: [(name: String, tensors: [(layer: Int, tensor: JSONNode)])]

    /// The most families that a page shows.
    static let limit = 24

    /// Tensors as inspections and comparisons list them; those of fewer than two layers are no family.
    init(_ tensors: [JSONNode]) {
        var places: [String: Int] = [:]
        var found: [(name: String, tensors: [(layer: Int, tensor: JSONNode)])] = []
        for tensor in tensors {
            guard let name = tensor["name"]?.text, let (layer, pattern) = Self.pattern(name) else { continue }
            if let place = places[pattern] {
                found[place].tensors.append((layer, tensor))
            } else {
                places[pattern] = found.count
                found.append((pattern, [(layer, tensor)]))
            }
        }
        // Matrices first: vectors say less.
        let several = found.filter { $0.tensors.count > 1 }
        let isMatrix = several.map { ($0.tensors[0].tensor["shape"]?.items.count ?? 0) > 1 }
        let ordered = zip(several, isMatrix).filter(\.1) + zip(several, isMatrix).filter { !$0.1 }
        families = ordered.prefix(Self.limit).map { family, _ in
            (family.name, family.tensors.sorted { $0.layer < $1.layer })
        }
    }

    /// The first part of a name that is a number, and the name with `*` there.
    private static func pattern(_ name: String) -> (layer: Int, pattern: String)? {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let place = parts.firstIndex(where: { Int($0) != nil }), let layer = Int(parts[place]) else { return nil }
        parts[place] = "*"
        return (layer, parts.joined(separator: "."))
    }

    /// A line for each statistic against the layer, one chart a family; families without numbers are left out.
    func charts(
        title: String, note: String, vertical: String, isLogarithmic: Bool,
        _ statistics: [(name: String, role: SeriesRole, value: (JSONNode) -> Double)]
    ) -> PageBlock? {
        let options = families.compactMap { family -> (name: String, blocks: [PageBlock])? in
            var chart = LineChart(
                text: ChartText(title: title, note: note, horizontal: "layer", vertical: vertical),
                places: family.tensors.map { Double($0.layer) }, names: family.tensors.map { "\($0.layer)" })
            chart.isLogarithmic = isLogarithmic
            chart.isCounted = true
            chart.series = statistics.map { statistic in
                .init(
                    name: statistic.name, role: statistic.role,
                    values: family.tensors.map { statistic.value($0.tensor) })
            }
            guard chart.series.contains(where: { $0.values.contains { $0.isFinite && (!isLogarithmic || $0 > 0) } })
            else { return nil }
            return (family.name, [.lines(chart)])
        }
        return options.isEmpty ? nil : .choice(label: "Tensors", options: options)
    }
}
