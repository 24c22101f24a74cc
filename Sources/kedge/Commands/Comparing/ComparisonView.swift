import Checkpoints
import Tensors

/// Two checkpoints side by side, to be shown.
struct ComparisonView {
    private typealias Item = CheckpointComparison.Item

    private let found: CheckpointComparison

    init(_ found: CheckpointComparison) {
        self.found = found
    }

    func text() -> String {
        let (a, b) = (CheckpointView.printable(found.firstPath), CheckpointView.printable(found.secondPath))
        var text = Terminal.styled("A", .bold) + " \(a) (\(found.firstFormat.name))\n"
        text += Terminal.styled("B", .bold) + " \(b) (\(found.secondFormat.name))\n"
        text += "  " + summary() + "\n"
        text += list("Removed", found.items.filter { $0.status == .removed }) { Self.what($0.first) }
        text += list("Added", found.items.filter { $0.status == .added }) { Self.what($0.second) }
        text += list("Renamed", found.items.filter { $0.newName != nil }) {
            "-> \(CheckpointView.printable($0.newName ?? ""))"
        }
        text += list("Other shape", found.items.filter { $0.status == .reshaped }) {
            "\(Self.what($0.first)) -> \(Self.what($0.second))"
        }
        text += list("Other type, the same numbers", found.items.filter { $0.status == .equal && $0.changesType }) {
            "\($0.first?.typeName ?? "") -> \($0.second?.typeName ?? "")"
        }
        text += list("Not read", found.items.filter { $0.status == .unread }) { Self.what($0.first) }
        text += changes()
        if found.settings.measuresSpectra { text += updates() }
        return text
    }

    private func summary() -> String {
        guard !found.isSame else {
            return "the same: \(Numbers.grouped(found.items.count)) tensors"
                + (found.count(of: .equal) > 0
                    ? ", \(Numbers.grouped(found.count(of: .equal))) of them not in every bit" : "")
        }
        var parts = CheckpointComparison.Status.allCases.compactMap { status -> String? in
            let count = found.count(of: status)
            return count > 0 ? "\(Numbers.grouped(count)) \(status.rawValue)" : nil
        }
        let renamed = found.items.count { $0.newName != nil }
        if renamed > 0 { parts.append("\(Numbers.grouped(renamed)) renamed") }
        let retyped = found.items.count { $0.changesType }
        if retyped > 0 { parts.append("\(Numbers.grouped(retyped)) of another type") }
        return parts.joined(separator: ", ")
    }

    private func list(_ title: String, _ items: [Item], _ details: (Item) -> String) -> String {
        guard !items.isEmpty else { return "" }
        return "\n" + Terminal.styled(title, .bold, .cyan) + "\n"
            + items.map { "  \(CheckpointView.printable($0.name))  \(details($0))\n" }.joined()
    }

    private static func what(_ tensor: StoredTensor?) -> String {
        tensor.map { "\($0.typeName) \(CheckpointTable.shape($0.shape))" } ?? ""
    }

    private func changes() -> String {
        let items = found.items.filter { $0.status == .changed || ($0.status == .equal && !$0.changesType) }
        guard !items.isEmpty else { return "" }
        var table = Table()
        table.add("name", "relative L2", "cosine", "max |b-a|", "changed", "ULP median", "ULP max", "type")
        for item in items {
            guard let difference = item.difference else { continue }
            let types = item.changesType ? "\(item.first?.typeName ?? "") -> \(item.second?.typeName ?? "")" : ""
            table.add(
                CheckpointView.printable(item.name), Numbers.significant(difference.relativeNorm),
                Numbers.significant(difference.cosine, 6), Numbers.significant(difference.maximum),
                Numbers.percent(difference.changedShare), Self.median(difference.distances),
                difference.distances?.last.map { Self.range($0) } ?? "-",
                types.isEmpty ? item.first?.typeName ?? "" : types)
        }
        return "\n" + Terminal.styled("Changed", .bold, .cyan) + "\n" + table.text
    }

    private static func median(_ distances: [TensorDifference.Distance]?) -> String {
        guard let distances else { return "-" }
        var rest = distances.reduce(0) { $0 + $1.count } / 2
        for distance in distances {
            if rest < distance.count { return range(distance) }
            rest -= distance.count
        }
        return "-"
    }

    private static func range(_ distance: TensorDifference.Distance) -> String {
        distance.lower == distance.upper ? "\(distance.lower)" : "\(distance.lower)-\(distance.upper)"
    }

    private func updates() -> String {
        var table = Table()
        table.add("name", "rank of 90 %", "of 99 %", "above noise", "of", "largest", "noise floor", "")
        var skipped = ""
        for item in found.items {
            if let reason = item.updateReason {
                skipped += "  \(CheckpointView.printable(item.name)): no rank: \(reason)\n"
            }
            guard let update = item.update else { continue }
            table.add(
                CheckpointView.printable(item.name), Numbers.grouped(update.rank90), Numbers.grouped(update.rank99),
                Numbers.grouped(update.rankAboveNoise), Numbers.grouped(update.spectrum.singularValues.count),
                Numbers.significant(update.spectrum.singularValues.first), Numbers.significant(update.noiseFloor),
                update.adapterRank.map { "looks like LoRA of rank \($0)" } ?? "")
        }
        guard found.items.contains(where: { $0.update != nil || $0.updateReason != nil }) else { return "" }
        let whole = found.adapterRank.map { "  all of it looks like LoRA of rank \($0)\n" } ?? ""
        return "\n" + Terminal.styled("Rank of the updates", .bold, .cyan) + "\n" + table.text + skipped + whole
    }

    /// One line a tensor.
    func csv() -> String {
        var csv = CSV()
        csv.add([
            "index", "name", "new_name", "status", "dtype_a", "dtype_b", "shape_a", "shape_b", "changed", "not_finite",
            "relative_l2", "l2", "max_abs", "cosine", "rank_90", "rank_99", "rank_above_noise", "noise_floor",
            "adapter_rank",
        ])
        func shape(_ tensor: StoredTensor?) -> String {
            tensor.map { $0.shape.map { "\($0)" }.joined(separator: "x") } ?? ""
        }
        for item in found.items {
            let (difference, update) = (item.difference, item.update)
            var cells = ["\(item.index)", item.name, item.newName ?? "", item.status.rawValue]
            cells += [item.first?.typeName ?? "", item.second?.typeName ?? "", shape(item.first), shape(item.second)]
            cells += [difference?.changedCount, difference?.nonFiniteCount].map { $0.map { "\($0)" } ?? "" }
            cells += [
                difference?.relativeNorm, difference?.differenceNorm, difference?.maximum, difference?.cosine,
            ].map(CheckpointTable.cell)
            cells += [update?.rank90, update?.rank99, update?.rankAboveNoise].map { $0.map { "\($0)" } ?? "" }
            cells += [CheckpointTable.cell(update?.noiseFloor), update?.adapterRank.map { "\($0)" } ?? ""]
            csv.add(cells)
        }
        return csv.text
    }
}
