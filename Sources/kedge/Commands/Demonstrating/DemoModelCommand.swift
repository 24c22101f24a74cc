import ArgumentParser
import Demonstration
import Files

/// `kedge demo model`
struct DemoModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "The small tokenizer and the model configuration of the demonstration.",
        discussion: """
            Writes tokenizer.json, tokenizer_config.json and config.json; kedge init makes a model of them.

            Example:
              kedge demo model tiny/
              kedge tokenize train.jsonl --tokenizer tiny/ --expert-part full --output train.h5
              kedge init tiny/config.json --tokenizer tiny/ --output start/
            """)

    @Argument(help: ArgumentHelp("The directory to make.", valueName: "dir"))
    var output: String

    @Option(help: ArgumentHelp("Components of a hidden state, a multiple of the heads.", valueName: "n"))
    var width = 96

    @Option(help: ArgumentHelp("Layers.", valueName: "n"))
    var layers = 3

    @Option(help: ArgumentHelp("Heads of attention.", valueName: "n"))
    var heads = 4

    func validate() throws {
        guard (1...64).contains(layers), (1...64).contains(heads), (1...4096).contains(width) else {
            throw ValidationError("--layers and --heads want numbers from 1 to 64, --width from 1 to 4096")
        }
        guard width % (2 * heads) == 0 else {
            throw ValidationError("--width wants a multiple of twice --heads, here of \(2 * heads)")
        }
    }

    func run() throws {
        var model = ModelDescription()
        (model.width, model.layers, model.heads) = (width, layers, heads)
        guard !FileSystem.exists(output) else {
            throw FileError(path: output, code: .alreadyExists, message: "already exists; give the model a new name")
        }
        try FileSystem.createDirectory(at: output)
        try model.write(into: output)
    }
}
