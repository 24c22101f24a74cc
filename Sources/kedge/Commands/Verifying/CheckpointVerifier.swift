import ArgumentParser
import Checkpoints
import JSON

/// `kedge verify` of a checkpoint.
struct CheckpointVerifier {
    let path: String
    let isStrict: Bool
    let options: CheckpointChecks
    let threads: Int
    let output: OutputOptions

    /// - Throws: `ExitCode` where something is wrong, after it was shown.
    func run() throws {
        var verification = CheckpointVerification()
        verification.readsData = !options.headersOnly
        verification.requiresFinite = options.finite
        verification.allowsInfinities = options.allowInf
        verification.manifest = try options.manifest.map { try CheckpointManifest(contentsOf: $0) }
        verification.manifestPath = options.manifest
        var reading = CheckpointReading.guarded
        reading.isStrict = isStrict
        let checkpoint = try Checkpoint.open(path, options: reading)
        let line = ProgressLine(output.progress)
        let report = try verification.run(checkpoint, threads: threads) { done, total in
            line.show("verify", done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
        }
        line.finish()
        StandardOutput.write(output.json ? try json(checkpoint, report) : text(checkpoint, report))
        if !report.problems.isEmpty { throw ExitCode(1) }
    }

    private func json(_ checkpoint: Checkpoint, _ report: CheckpointVerification.Report) throws -> String {
        let result: JSONNode = .object([
            ("path", .string(path)), ("ok", .bool(report.problems.isEmpty)),
            ("format", .string(checkpoint.format.name)), ("tensors", .int(Int64(checkpoint.tensors.count))),
            ("tensors_read", .int(Int64(report.tensorsRead))), ("tensors_unread", .int(Int64(report.tensorsUnread))),
            ("files_read", .int(Int64(report.filesRead))),
            ("archive_members_read", .int(Int64(report.membersRead))), ("bytes_read", .int(Int64(report.bytesRead))),
            ("against_manifest", .bool(options.manifest != nil)), ("finite", .bool(options.finite)),
            (
                "problems",
                .array(
                    report.problems.map {
                        [
                            "kind": .string($0.kind.rawValue), "name": .string($0.name),
                            "message": .string($0.message),
                        ]
                    })
            ),
            (
                "warnings",
                .array(
                    (checkpoint.warnings + report.warnings).map {
                        ["tensor": $0.tensor.map { .string($0) } ?? .null, "message": .string($0.message)]
                    })
            ),
        ])
        return try JSONWriter(isPretty: true).string(result) + "\n"
    }

    private func text(_ checkpoint: Checkpoint, _ report: CheckpointVerification.Report) -> String {
        let name = Terminal.printable(path, keepingLineBreaks: false)
        var text: String
        if report.problems.isEmpty {
            var scope = options.headersOnly ? "its headers are sound" : "sound"
            if options.manifest != nil { scope += ", as in the manifest" }
            if options.finite, !options.headersOnly { scope += options.allowInf ? ", no NaN" : ", all finite" }
            text = "\(name): \(scope): \(checkpoint.format.name), \(Numbers.grouped(checkpoint.tensors.count)) tensors"
            if !options.headersOnly { text += ", \(Numbers.bytes(report.bytesRead)) read" }
            text += "\n"
        } else {
            text = "\(name): \(Numbers.grouped(report.problems.count)) problems\n"
            for problem in report.problems.prefix(100) {
                text += "  \(Terminal.printable(problem.description, keepingLineBreaks: false))\n"
            }
            if report.problems.count > 100 {
                text += "  and \(Numbers.grouped(report.problems.count - 100)) more (--json has all)\n"
            }
        }
        if report.tensorsUnread > 0 {
            text += "  \(Numbers.grouped(report.tensorsUnread)) tensors are only listed: their types are not read\n"
        }
        return text + ConversionResult.warnings(checkpoint.warnings + report.warnings)
    }
}

/// What is checked of a checkpoint beyond its structure.
struct CheckpointChecks: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Compare files and tensors with sizes and SHA-256 that kedge convert --manifest wrote.", valueName: "file"))
    var manifest: String?

    @Flag(help: "Numbers that are not finite are problems.")
    var finite = false

    @Flag(help: "With --finite: infinities are none, only NaN is.")
    var allowInf = false

    @Flag(help: "Read headers only, not the data.")
    var headersOnly = false

    /// Whether any was given.
    var isUsed: Bool { manifest != nil || finite || allowInf || headersOnly }

    func validate() throws {
        if allowInf, !finite { throw ValidationError("--allow-inf goes with --finite") }
        if finite, headersOnly { throw ValidationError("--finite needs the data, which --headers-only leaves out") }
    }
}
