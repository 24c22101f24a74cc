import JSON

/// Writes results as JSON (schemas/objective-result.v1.json). Numbers have the fewest digits that read back as the same.
public struct ResultWriter: Sendable {
    /// Whether members get lines of their own; lists of numbers stay on one line each.
    public var isPretty: Bool

    /// Makes a writer.
    public init(isPretty: Bool = false) {
        self.isPretty = isPretty
    }

    /// The text of a result, without a newline at the end. O(tokens).
    ///
    /// - Parameters:
    ///   - result: of `batch` and `objective`.
    ///   - batch: the batch.
    ///   - objective: what evaluated it.
    ///   - unusedSettings: what was set and means nothing to it.
    public func write(
        _ result: ObjectiveResult, of batch: RolloutBatch, by objective: any Objective, unusedSettings: [String] = []
    ) -> [UInt8] {
        var text = NumberText(isPretty: isPretty)
        text.bytes.reserveCapacity(24 * result.gradients.count + 4096)
        text.open("{")
        text.key("format")
        text.string("kedge.objective-result")
        text.key("version")
        text.integer(1)
        text.key("objective")
        text.string(objective.name)
        text.key("loss")
        text.number(result.loss)
        text.key("gradients")
        text.ragged(result.gradients, batch.offsets)
        if let entropyGradients = result.entropyGradients {
            text.key("entropy_gradients")
            text.ragged(entropyGradients, batch.offsets)
        }
        text.key("advantages")
        text.list(result.advantages[...])
        text.key("metrics")
        text.open("{")
        for metric in result.metrics {
            text.key(metric.name)
            text.number(metric.value)
        }
        text.close("}")
        if !result.duals.isEmpty { writeDuals(result.duals, &text) }
        text.key("settings")
        text.open("{")
        for setting in objective.settings {
            text.key(setting.name)
            text.setting(setting.value)
        }
        text.close("}")
        if !unusedSettings.isEmpty {
            text.key("unused_settings")
            text.open("[")
            for name in unusedSettings {
                text.element()
                text.string(name)
            }
            text.close("]")
        }
        text.close("}")
        return text.bytes
    }

    /// One object a group, in the order in which groups first appear.
    private func writeDuals(_ duals: [TrustRegionDual], _ text: inout NumberText) {
        text.key("duals")
        text.open("[")
        for dual in duals {
            text.element()
            text.open("{")
            text.key("lambda")
            text.number(dual.lambda)
            text.key("mu")
            text.number(dual.mu)
            text.key("divergence")
            text.number(dual.divergence)
            text.key("slack")
            text.flag(dual.isSlack)
            text.key("equal_rewards")
            text.flag(dual.isEqual)
            text.close("}")
        }
        text.close("]")
    }
}

/// JSON under way.
private struct NumberText {
    var bytes: [UInt8] = []
    let isPretty: Bool
    private var depth = 0
    private var isFirst = true

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        depth += 1
        isFirst = true
    }

    mutating func close(_ bracket: Unicode.Scalar) {
        depth -= 1
        if isPretty, !isFirst { newline() }
        bytes.append(UInt8(ascii: bracket))
        isFirst = false
    }

    mutating func element() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        if isPretty { newline() }
    }

    mutating func key(_ name: String) {
        element()
        string(name)
        bytes.append(contentsOf: (isPretty ? ": " : ":").utf8)
    }

    private mutating func newline() {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    mutating func string(_ text: String) { JSONWriter.writeString(text, to: &bytes) }

    mutating func integer(_ value: Int) { bytes.append(contentsOf: "\(value)".utf8) }

    mutating func flag(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }

    /// A finite number, as all are that an objective returns.
    mutating func number(_ value: Double) {
        // Zeros are most of what a mask leaves; a zero has no sign that anybody wants.
        guard value != 0 else { return bytes.append(contentsOf: "0.0".utf8) }
        bytes.append(contentsOf: value.description.utf8)
    }

    mutating func list(_ values: ArraySlice<Double>) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for value in values {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            number(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func ragged(_ values: [Double], _ offsets: [Int]) {
        open("[")
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            element()
            list(values[start..<end])
        }
        close("]")
    }

    mutating func setting(_ value: SettingValue) {
        switch value {
        // Infinite is what has no bound, for which JSON has no number.
        case .number(let number):
            bytes.append(contentsOf: (number.isFinite ? value.description : "null").utf8)
        case .text(let value): string(value)
        case .flag(let value): flag(value)
        case .null: bytes.append(contentsOf: "null".utf8)
        }
    }
}
