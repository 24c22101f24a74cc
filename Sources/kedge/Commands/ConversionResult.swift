import Checkpoints
import JSON
import Tensors

/// What a conversion did, to be shown.
struct ConversionResult {
    let output: String
    let report: ConversionReport
    let seconds: Double

    /// Does the work, with its progress on standard error, and shows what came of it.
    static func show(
        _ job: String, _ output: String, _ warnings: [CheckpointWarning], _ options: OutputOptions,
        _ work: (_ progress: @escaping @Sendable (Int, Int) -> Void) throws -> ConversionReport
    ) throws {
        let line = ProgressLine(options.progress)
        let started = ContinuousClock.now
        var report = try work { done, total in
            line.show(job, done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
        }
        line.finish()
        report.warnings = warnings + report.warnings
        let result = ConversionResult(
            output: output, report: report, seconds: (ContinuousClock.now - started) / .seconds(1))
        StandardOutput.write(options.json ? try result.json() : result.text())
    }

    func json() throws -> String {
        try JSONWriter(isPretty: true).string(
            .object([
                ("output", .string(output)), ("complete", .bool(report.isComplete)),
                ("tensors", .int(Int64(report.tensorCount))), ("converted", .int(Int64(report.convertedCount))),
                ("renamed", .int(Int64(report.renamedCount))), ("excluded", .int(Int64(report.excludedCount))),
                ("bytes_read", .int(Int64(report.bytesRead))),
                ("files_written", .int(Int64(report.writtenCount))), ("files_kept", .int(Int64(report.keptCount))),
                (
                    "files",
                    .array(
                        report.files.map {
                            [
                                "name": .string($0.name), "bytes": .int(Int64($0.byteCount)),
                                "tensors": .int(Int64($0.tensorCount)),
                            ]
                        })
                ),
                ("companions", .array(report.companions.map { .string($0) })),
                (
                    "deduplicated",
                    .object(report.duplicates.map { ($0.name, .string($0.keeper)) })
                ),
                ("overflowed", .int(Int64(report.overflowed))),
                ("underflowed", .int(Int64(report.underflowed))),
                (
                    "losses",
                    .array(
                        report.losses.map {
                            [
                                "tensor": .string($0.name), "from": .string($0.source.name),
                                "to": .string($0.target.name), "overflowed": .int(Int64($0.overflowed)),
                                "underflowed": .int(Int64($0.underflowed)),
                            ]
                        })
                ),
                (
                    "warnings",
                    .array(
                        report.warnings.map {
                            ["tensor": $0.tensor.map { .string($0) } ?? .null, "message": .string($0.message)]
                        })
                ),
                ("seconds", .double(seconds)),
            ])) + "\n"
    }

    func text() -> String {
        let written = report.files.reduce(0) { $0 + $1.byteCount }
        var text = "\(Terminal.styled(printable(output), .bold)): \(Numbers.grouped(report.tensorCount)) tensors, "
        if report.files.count > 1 { text += "\(Numbers.grouped(report.files.count)) files, " }
        text += "\(Numbers.bytes(written)), in \(Numbers.fixed(seconds, 2)) s"
        if seconds > 0, report.bytesRead > 0 {
            text += " (\(Numbers.bytes(Int(Double(report.bytesRead) / seconds)))/s read)"
        }
        text += "\n"
        var notes: [String] = []
        if report.convertedCount > 0 { notes.append("\(Numbers.grouped(report.convertedCount)) converted") }
        if report.renamedCount > 0 { notes.append("\(Numbers.grouped(report.renamedCount)) renamed") }
        if report.excludedCount > 0 { notes.append("\(Numbers.grouped(report.excludedCount)) left out") }
        if !report.duplicates.isEmpty {
            notes.append("\(Numbers.grouped(report.duplicates.count)) written once with others")
        }
        if report.keptCount > 0 {
            notes.append("\(Numbers.grouped(report.keptCount)) files whole already, \(report.writtenCount) written")
        }
        if !report.companions.isEmpty {
            notes.append(
                report.companions.count == 1
                    ? "1 other file went along" : "\(Numbers.grouped(report.companions.count)) other files went along")
        }
        if !notes.isEmpty { text += "  \(notes.joined(separator: ", "))\n" }
        if !report.isComplete { text += "  not complete yet: other processes still write their shards\n" }
        return text + losses() + ConversionResult.warnings(report.warnings)
    }

    private func losses() -> String {
        guard !report.losses.isEmpty else { return "" }
        var text = "  \(Numbers.grouped(report.overflowed)) numbers overflowed, "
        text +=
            "\(Numbers.grouped(report.underflowed)) became zero, in \(Numbers.grouped(report.losses.count)) tensors\n"
        var table = Table()
        let worst = report.losses.sorted {
            ($1.overflowed, $1.underflowed) < ($0.overflowed, $0.underflowed)
        }
        table.add("tensor", "overflowed", "became zero")
        for loss in worst.prefix(5) {
            table.add(
                printable(loss.name), Numbers.grouped(loss.overflowed), Numbers.grouped(loss.underflowed))
        }
        return text + table.text
    }

    static func warnings(_ warnings: [CheckpointWarning]) -> String {
        var text = warnings.prefix(10).map {
            "  warning: \(Terminal.printable($0.description, keepingLineBreaks: false))\n"
        }.joined()
        if warnings.count > 10 {
            text += "  and \(Numbers.grouped(warnings.count - 10)) warnings more (--json has all)\n"
        }
        return text
    }

    private func printable(_ text: String) -> String { Terminal.printable(text, keepingLineBreaks: false) }
}

/// What a conversion would do, to be shown.
struct ConversionPlanView {
    let plan: ConversionPlan

    init(_ plan: ConversionPlan) {
        self.plan = plan
    }

    func json() throws -> String {
        let tensors = plan.tensors.map { tensor -> JSONNode in
            [
                "name": .string(tensor.description.name), "from": .string(tensor.source.name),
                "dtype": .string(tensor.description.type.name), "source_dtype": .string(tensor.source.type.name),
                "shape": .array(tensor.description.shape.map { .int(Int64($0)) }),
            ]
        }
        return try JSONWriter(isPretty: true).string(
            .object([
                ("tensors", .array(tensors)), ("excluded", .int(Int64(plan.excludedCount))),
                ("bytes_read", .int(Int64(plan.byteCount))),
                ("deduplicated", .object(plan.duplicates.map { ($0.name, .string($0.keeper)) })),
                ("warnings", .array(plan.warnings.map { .string($0.description) })),
            ])) + "\n"
    }

    func text() -> String {
        var table = Table()
        for tensor in plan.tensors {
            let type = tensor.description.type.name
            let shape = "[\(tensor.description.shape.map(String.init).joined(separator: ", "))]"
            let name = Terminal.printable(tensor.description.name, keepingLineBreaks: false)
            let origin = Terminal.printable(tensor.source.name, keepingLineBreaks: false)
            table.add(
                origin == name ? name : "\(origin) => \(name)", shape,
                tensor.isConverted ? "\(tensor.source.type.name) -> \(type)" : type)
        }
        return table.text + "\(Numbers.grouped(plan.tensors.count)) tensors, \(Numbers.bytes(plan.byteCount)) to read, "
            + "\(Numbers.grouped(plan.excludedCount)) left out; nothing was written\n"
            + ConversionResult.warnings(plan.warnings)
    }
}
