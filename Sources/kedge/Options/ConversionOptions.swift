import ArgumentParser
import Checkpoints
import Tensors

/// What becomes of tensors on their way.
struct ConversionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The type of floating-point tensors: float32, bfloat16, float16, float8_e4m3fn, ... or f32, bf16, f16. Others pass.",
            valueName: "type"))
    var dtype: String?

    @Option(
        help: ArgumentHelp(
            "The type of tensors by name, over --dtype; the last that matches counts. TYPE may be keep. Repeatable.",
            valueName: "GLOB=TYPE"))
    var dtypeRule: [String] = []

    @Option(
        help: ArgumentHelp(
            "Replace every match in names, as sed and re.sub do: $1 or \\1 is a group, ${name} a named one. Repeatable, in order.",
            valueName: "REGEX=>TEMPLATE"))
    var rename: [String] = []

    @Option(help: ArgumentHelp("Only tensors whose name matches. Repeatable.", valueName: "glob"))
    var include: [String] = []

    @Option(help: ArgumentHelp("No tensors whose name matches. Repeatable.", valueName: "glob"))
    var exclude: [String] = []

    @Flag(help: "Write tensors that share their bytes once; the metadata names the others.")
    var deduplicate = false

    func validate() throws {
        _ = try settings()
    }

    /// The settings as given.
    func settings() throws -> ConversionSettings {
        var settings = ConversionSettings()
        if let dtype {
            guard let type = TensorType(named: dtype), type.isFloatingPoint else {
                throw ValidationError("--dtype wants a floating-point type such as bfloat16; not '\(dtype)'")
            }
            settings.type = type
        }
        settings.typeRules = try dtypeRule.map {
            guard let rule = TypeRule(parsing: $0) else {
                throw ValidationError("--dtype-rule wants GLOB=TYPE with a floating-point type or keep; not '\($0)'")
            }
            return rule
        }
        settings.renames = try rename.map { text in
            do throws(RenameError) {
                return try RenameRule(parsing: text)
            } catch {
                throw ValidationError("--rename: \(error)")
            }
        }
        settings.included = include.map { NamePattern($0) }
        settings.excluded = exclude.map { NamePattern($0) }
        settings.deduplicates = deduplicate
        return settings
    }
}
