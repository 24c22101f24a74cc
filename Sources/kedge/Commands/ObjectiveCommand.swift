import ArgumentParser
import Files
import JSON
import Objectives

/// `kedge objective`
struct ObjectiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objective",
        abstract: "Compute a training objective: loss, gradients, advantages and metrics.",
        discussion: """
            Reads log-probabilities, masks and rewards as JSON (kedge schema objective-batch) and prints what the method makes \
            of them (kedge schema objective-result): an oracle for other implementations. Settings stand in the batch, or \
            after --setting, which counts more.

            Examples:
              kedge objective grpo < batch.json
              kedge objective trapo batch.json --setting alpha=0.1 --setting max_length=8192
              kedge objective quatro batch.json --setting ratio_level=token --setting delta=0.003
              echo '{"log_probs": [[-0.1, -2], [-0.5]], "rewards": [1, 0], "groups": [7, 7]}' | kedge objective dr_grpo --pretty
            """)

    @Argument(
        help: ArgumentHelp(
            "One of: \(ObjectiveMethod.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("The batch. (default: standard input)", valueName: "batch.json"))
    var batch: String?

    @Option(
        name: .customLong("setting"), parsing: .singleValue,
        help: ArgumentHelp("A setting of the method. Repeatable.", valueName: "name=value"))
    var settings: [String] = []

    @Flag(help: "One line for each rollout and member instead of one for all.")
    var pretty = false

    // The result is always JSON; scripts may say so.
    @Flag(help: .hidden)
    var json = false

    func validate() throws {
        do throws(ObjectiveError) {
            _ = try ObjectiveMethod(named: name)
        } catch {
            throw ValidationError(error.description)
        }
        let given = try settings.map { try ObjectiveCommand.setting($0) }
        do throws(ObjectiveError) {
            _ = try ObjectiveMethod(named: name).objective(settings: given)
        } catch {
            throw ValidationError("--setting \(error)")
        }
    }

    private static func setting(_ text: String) throws -> (name: String, value: SettingValue) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("--setting wants name=value, not '\(text)'")
        }
        return (String(text[..<equals]), SettingValue(parsing: String(text[text.index(after: equals)...])))
    }

    func run() throws {
        let path = batch ?? "standard input"
        let limit = 1 << 32
        let bytes =
            if let batch { try FileSystem.readFile(at: batch, limit: limit) } else {
                try StandardInput.read(limit: limit)
            }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.parsing(bytes)
        } catch {
            let place = ObjectiveError.notFinite(in: bytes, error)
            throw ObjectiveCommandError(path: path, message: place?.description ?? error.description)
        }
        let given = try settings.map { try ObjectiveCommand.setting($0) }
        do throws(ObjectiveError) {
            let input = try ObjectiveBatch(document.root)
            // A batch may serve several methods; what the command line says has been checked.
            let settings = input.settings + given
            let method = try ObjectiveMethod(named: name)
            let objective = try method.objective(settings: settings, ignoresUnused: true)
            let result = try objective.evaluate(input.batch)
            var text = ResultWriter(isPretty: pretty).write(
                result, of: input.batch, by: objective, unusedSettings: method.unused(settings.map(\.name)))
            text.append(0x0A)
            StandardOutput.write(String(decoding: text, as: UTF8.self))
        } catch {
            throw ObjectiveCommandError(path: path, message: error.description)
        }
    }
}

/// What is wrong with a batch, and where it came from.
struct ObjectiveCommandError: Error, CustomStringConvertible {
    let path: String
    let message: String

    var description: String { "\(path): \(message)" }
}
