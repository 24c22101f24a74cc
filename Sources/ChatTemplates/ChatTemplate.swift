public import JSON

/// What one rendering may cost. A template comes from whoever made the model, and may be wrong or hostile.
public struct ChatTemplateLimits: Sendable {
    /// The most steps: roughly, expressions evaluated, elements handled and blocks of 64 bytes of text made.
    public var maximumSteps: Int
    /// The most bytes of the output, and of any text on the way.
    public var maximumOutput: Int

    /// Limits that no honest template of a long conversation meets.
    public init(maximumSteps: Int = 2_000_000, maximumOutput: Int = 16 << 20) {
        self.maximumSteps = maximumSteps
        self.maximumOutput = maximumOutput
    }
}

/// A chat template in the language of jinja2, as far as chat templates use it.
///
/// It renders what `tokenizer.apply_chat_template(..., tokenize=False)` of transformers renders: a sandbox in which nothing
/// can be changed but namespaces, `trim_blocks` and `lstrip_blocks` on, `break`, `continue`, `{% generation %}`, `tojson`
/// as `json.dumps` without ASCII escapes, `raise_exception` and `strftime_now`. A construct that is not known is refused
/// when the template is compiled. Nothing outside the template and its variables can be reached.
///
/// A template is compiled once and can be rendered by several threads at the same time.
public struct ChatTemplate: Sendable {
    /// The most bytes of a template's source.
    public static var maximumSourceSize: Int { 1 << 20 }

    private let program: Program
    /// The globals that the template looks up, by their number.
    private let globals: [GlobalFunction?]

    /// Compiles a template. Linear in its length.
    ///
    /// - Throws: ``ChatTemplateError`` with the line and the construct that is not understood.
    public init(_ source: String) throws(ChatTemplateError) {
        let bytes = Array(source.utf8)
        guard bytes.count <= ChatTemplate.maximumSourceSize else {
            throw ChatTemplateError(
                line: 0, message: "the template has \(bytes.count) bytes, \(ChatTemplate.maximumSourceSize) is the most"
            )
        }
        program = try Resolver.resolve(try Parser.statements(of: bytes))
        globals = program.contextNames.map { GlobalFunction(rawValue: $0) }
    }

    /// Whether the template mentions `strftime_now`, so that what it renders may depend on the day.
    public var asksForDate: Bool { program.contextNames.contains(GlobalFunction.formattedNow.rawValue) }

    /// Renders the template.
    ///
    /// - Parameters:
    ///   - variables: what the template sees, by name; of equal names the last counts.
    ///   - date: what `strftime_now` tells; nil for the clock.
    ///   - limits: what it may cost.
    /// - Returns: the text. Linear in the variables that the template mentions, and in what it does.
    /// - Throws: ``ChatTemplateError`` with the line: what the template itself raises, a wrong use of a value, a limit.
    public func render(
        _ variables: [(key: String, value: JSONNode)], date: ChatTemplateDate? = nil,
        limits: ChatTemplateLimits = ChatTemplateLimits()
    ) throws(ChatTemplateError) -> String {
        var context = globals.map { $0.map { Value.function($0) } }
        for (place, name) in program.contextNames.enumerated() {
            guard let variable = variables.last(where: { $0.key.utf8.elementsEqual(name.utf8) }) else { continue }
            context[place] = Value(variable.value)
        }
        let renderer = Renderer(context: context, limits: limits, date: date)
        return String(decoding: try renderer.render(program), as: UTF8.self)
    }

    /// Renders the template for a conversation.
    ///
    /// - Throws: as ``render(_:date:limits:)-([(String,JSONNode)],_,_)`` does.
    public func render(
        _ context: ChatTemplateContext, date: ChatTemplateDate? = nil,
        limits: ChatTemplateLimits = ChatTemplateLimits()
    ) throws(ChatTemplateError) -> String {
        try render(context.allVariables, date: date, limits: limits)
    }
}
