import ArgumentParser
import Schemas

/// `kedge schema`
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the contract of a file that Kedge writes.",
        discussion: """
            Example:
              kedge schema prefix-dataset
            """)

    @Argument(help: ArgumentHelp("One of: \(Schemas.names.joined(separator: ", ")).", valueName: "name"))
    var name: String

    func validate() throws {
        guard Schemas.names.contains(name) else {
            throw ValidationError("there is no schema '\(name)'; there is \(Schemas.names.joined(separator: ", "))")
        }
    }

    func run() throws {
        StandardOutput.write(String(decoding: Schemas.json(named: name) ?? [], as: UTF8.self))
    }
}
