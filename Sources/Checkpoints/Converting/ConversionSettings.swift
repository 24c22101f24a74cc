public import Tensors

/// What becomes of tensors on their way from one checkpoint to another.
///
/// Without settings every tensor goes along, byte for byte and under its name.
public struct ConversionSettings: Sendable {
    /// The type that tensors of floating-point numbers get; nil keeps theirs.
    public var type: TensorType?
    /// Exceptions from ``type`` by name; of those that match the last one counts.
    public var typeRules: [TypeRule] = []
    /// New names: applied one after the other, each to what the one before made.
    public var renames: [RenameRule] = []
    /// Only tensors that match one of these go along; none: all do. Names are those of the input.
    public var included: [NamePattern] = []
    /// Tensors that match one of these do not go along, whatever ``included`` says.
    public var excluded: [NamePattern] = []
    /// Whether of tensors that share all their bytes only one is written; the others are recorded in the metadata.
    public var deduplicates = false

    /// Everything as it is.
    public init() {}
}

/// Which type the tensors of some names get.
public struct TypeRule: Sendable, Hashable {
    /// The names, as the input has them.
    public let pattern: NamePattern
    /// The type; nil keeps the tensor's own.
    public let type: TensorType?

    /// Makes a rule.
    public init(_ pattern: NamePattern, _ type: TensorType?) {
        self.pattern = pattern
        self.type = type
    }

    /// Reads `GLOB=TYPE`, where the type may be `keep`; nil where it is neither that nor a type of floating-point numbers.
    public init?(parsing text: String) {
        guard let equals = text.utf8.lastIndex(of: UInt8(ascii: "=")), equals != text.startIndex else { return nil }
        let name = String(text[text.utf8.index(after: equals)...])
        pattern = NamePattern(String(text[..<equals]))
        if name.lowercased() == "keep" {
            type = nil
        } else {
            guard let type = TensorType(named: name), type.isFloatingPoint else { return nil }
            self.type = type
        }
    }
}
