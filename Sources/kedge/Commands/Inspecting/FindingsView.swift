import Checkpoints
import Tensors

/// What statistics show that somebody should know.
struct FindingsView {
    private static let shownNames = 5
    private let items: [CheckpointInspection.Item]

    init(_ found: CheckpointInspection) {
        items = found.items
    }

    func text() -> String {
        var lines: [String] = []
        func add(_ text: String, where isFound: (TensorStatistics) -> Bool) {
            let names = items.filter { $0.statistics.map(isFound) ?? false }.map(\.tensor.name)
            guard !names.isEmpty else { return }
            let rest =
                names.count > Self.shownNames ? ", and \(Numbers.grouped(names.count - Self.shownNames)) more" : ""
            let shown = names.prefix(Self.shownNames).map(CheckpointView.printable).joined(separator: ", ")
            lines.append("  \(text) (\(Numbers.grouped(names.count))): \(shown)\(rest)\n")
        }
        add("NaN") { $0.counts.nan > 0 }
        add("infinities") { $0.counts.positiveInfinity + $0.counts.negativeInfinity > 0 }
        add("nothing but zeros") { $0.counts.elements > 0 && $0.counts.zero == $0.counts.elements }
        add("rows of zeros") { ($0.rows?.zero ?? 0) > 0 && $0.counts.zero < $0.counts.elements }
        add("rows of one other value") { ($0.rows?.constant ?? 0) > ($0.rows?.zero ?? 0) }
        for type in [TensorType.bfloat16, .float16, .float32] {
            add("wider than need be: every number is exactly \(type.name)") { $0.narrowerType == type }
        }
        return lines.isEmpty ? "  none\n" : lines.joined()
    }
}
