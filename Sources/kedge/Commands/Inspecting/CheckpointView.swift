import Checkpoints
import Tensors

/// An inspection of a checkpoint, to be shown.
struct CheckpointView {
    private let found: CheckpointInspection
    private let isTable: Bool

    init(_ found: CheckpointInspection, isTable: Bool) {
        self.found = found
        self.isTable = isTable
    }

    func text() -> String {
        var text = header()
        text += section("By role", sums(found.roles.map { ($0.role.rawValue, $0.sums) }))
        if isTable {
            text += section("Tensors", CheckpointTable(found).tensors())
        } else {
            text += section("Tensors", TensorTreeView(found.items.map(\.tensor)).text())
        }
        if found.settings.measuresStatistics {
            text += section("Statistics", CheckpointTable(found).statistics())
            text += section("Findings", FindingsView(found).text())
        }
        if found.settings.measuresSpectra { text += section("Spectra", CheckpointTable(found).spectra()) }
        if found.settings.hashes { text += section("Duplicates", duplicates()) }
        return text
    }

    private func header() -> String {
        var text = Terminal.styled(Self.printable(found.path), .bold) + ": \(found.format.name)"
        if found.files.count > 1 { text += ", \(Numbers.grouped(found.files.count)) files" }
        text += ", \(Self.sums(found.totals))\n"
        if found.items.count != found.totals.tensorCount {
            text += "  selected: \(Numbers.grouped(found.items.count)) tensors\n"
        }
        text += "  types: " + found.types.map { "\($0.name) \(Self.sums($0.sums))" }.joined(separator: "; ") + "\n"
        if found.files.count > 1 {
            for file in found.files {
                text += "  file \(Self.printable(file.path)) (\(Numbers.bytes(file.byteCount)))\n"
            }
        }
        for (key, value) in found.metadata {
            text += "  \(Self.printable(key)) = \(Self.shortened(value))\n"
        }
        if !found.companions.isEmpty {
            text += "  beside it: \(found.companions.map(Self.printable).joined(separator: ", "))\n"
        }
        for warning in found.warnings {
            text += "  " + Terminal.styled("warning:", .yellow) + " \(Self.printable("\(warning)"))\n"
        }
        return text
    }

    private func section(_ title: String, _ body: String) -> String {
        body.isEmpty ? "" : "\n" + Terminal.styled(title, .bold, .cyan) + "\n" + body
    }

    private func sums(_ rows: [(name: String, sums: TensorSums)]) -> String {
        var table = Table()
        table.add("role", "tensors", "parameters", "bytes")
        for row in rows {
            table.add(
                row.name, Numbers.grouped(row.sums.tensorCount), Numbers.grouped(row.sums.elementCount),
                Numbers.bytes(row.sums.byteCount))
        }
        return rows.isEmpty ? "" : table.text
    }

    private func duplicates() -> String {
        let groups = found.duplicates
        guard !groups.isEmpty else { return "  none\n" }
        return groups.map { "  " + $0.map(Self.printable).joined(separator: " = ") + "\n" }.joined()
    }

    private static func sums(_ sums: TensorSums) -> String {
        "\(Numbers.grouped(sums.tensorCount)) tensor\(sums.tensorCount == 1 ? "" : "s"), "
            + "\(Numbers.grouped(sums.elementCount)) parameters, \(Numbers.bytes(sums.byteCount))"
    }

    static func printable(_ text: String) -> String { Terminal.printable(text, keepingLineBreaks: false) }

    private static func shortened(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(200)
        let isWhole = shown.endIndex == text.unicodeScalars.endIndex
        return printable(String(String.UnicodeScalarView(shown))) + (isWhole ? "" : "…")
    }
}

/// The tree of names, to be shown.
struct TensorTreeView {
    private let tree: TensorTree

    init(_ tensors: [StoredTensor]) {
        tree = TensorTree(of: tensors.map(\.description), typeNames: tensors.map(\.typeName))
    }

    func text() -> String {
        var table: [(left: String, right: String)] = []
        for node in tree.roots { Self.add(node, indent: "  ", to: &table) }
        let width = table.filter { !$0.right.isEmpty }.map(\.left.count).max() ?? 0
        return table.map { row in
            row.right.isEmpty
                ? row.left + "\n"
                : row.left + String(repeating: " ", count: max(0, width - row.left.count)) + "  \(row.right)\n"
        }.joined()
    }

    private static func add(
        _ node: TensorTree.Node, indent: String, to table: inout [(left: String, right: String)]
    ) {
        var (node, label) = (node, CheckpointView.printable(node.label))
        var multiplicity = node.multiplicity
        // A chain of single children is one line.
        while node.tensor == nil, node.children.count == 1, let child = node.children.first, multiplicity == 1 {
            label += "." + CheckpointView.printable(child.label)
            multiplicity = child.multiplicity
            node = child
        }
        if multiplicity > 1 { label += " × \(Numbers.grouped(multiplicity))" }
        var right = ""
        if let tensor = node.tensor {
            right = "\(node.typeName ?? tensor.type.name) \(CheckpointTable.shape(tensor.shape))"
        } else {
            label = Terminal.styled(label, .blue)
            label += Terminal.styled("  \(Numbers.grouped(node.elementCount)) parameters", .dim)
        }
        table.append((indent + label, right))
        for child in node.children { add(child, indent: indent + "  ", to: &table) }
    }
}
