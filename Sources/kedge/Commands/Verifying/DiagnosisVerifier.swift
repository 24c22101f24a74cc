import Divergences
import JSON

/// `kedge verify` of a diagnosis.
struct DiagnosisVerifier {
    let path: String
    let output: OutputOptions

    func run() throws {
        try GuardedProcess.protect(path)
        let file = try DiagnosisFile(path)
        let violations = try file.violations()
        guard violations.isEmpty else {
            throw DivergenceError(.contractBroken, path: path, violations.joined(separator: "; "))
        }
        if output.json {
            let result: JSONNode = [
                "path": .string(path), "ok": .bool(true), "tokens": .int(Int64(file.count)),
                "sequences": .int(Int64(file.sequenceCount)),
            ]
            StandardOutput.write(try JSONWriter(isPretty: true).string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Terminal.printable(path, keepingLineBreaks: false)): sound: "
                    + "\(Numbers.grouped(file.count)) tokens, \(Numbers.grouped(file.sequenceCount)) sequences\n")
        }
    }
}
