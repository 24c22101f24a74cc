/// One rendering of a template: its output, its variables and what it may still spend.
final class Renderer {
    let limits: ChatTemplateLimits
    let date: ChatTemplateDate?
    /// The variables of the context by their number; nil where there is none.
    let context: [Value?]
    var output: [UInt8] = []
    /// The line that errors name.
    var line = 1
    /// What a block with a filter has rendered.
    var captured: Value = .null
    /// Whether the output under way is the same in every rendering.
    var isInConstant = false
    private var stepsLeft: Int
    private var depth = 0
    /// Whatever may refer to itself in a circle: emptied at the end.
    private var frames: [Frame] = []
    private var namespaces: [NamespaceValue] = []
    private var loops: [LoopValue] = []

    init(context: [Value?], limits: ChatTemplateLimits, date: ChatTemplateDate?) {
        self.context = context
        self.limits = limits
        self.date = date
        stepsLeft = limits.maximumSteps
    }

    func render(_ program: Program) throws(ChatTemplateError) -> [UInt8] {
        defer { release() }
        try run(slotCount: program.slotCount, parent: nil) { (frame) throws(ChatTemplateError) in
            _ = try execute(program.block, frame)
        }
        return output
    }

    /// Takes apart what may hold on to itself, without going deep.
    private func release() {
        for frame in frames { frame.slots = [] }
        for loop in loops { loop.release() }
        for namespace in namespaces { namespace.values = [] }
    }

    /// Runs a function in a new frame.
    func run<Result>(
        slotCount: Int, parent: Frame?, _ body: (Frame) throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> Result {
        var frame = Frame(slotCount: slotCount, parent: parent)
        defer { if !isKnownUniquelyReferenced(&frame) { frames.append(frame) } }
        return try body(frame)
    }

    func keep(_ loop: LoopValue) {
        var loop = loop
        if !isKnownUniquelyReferenced(&loop) { loops.append(loop) }
    }

    func makeNamespace() -> NamespaceValue {
        let namespace = NamespaceValue()
        namespaces.append(namespace)
        return namespace
    }

    // MARK: Limits

    func error(_ message: String) -> ChatTemplateError { ChatTemplateError(line: line, message: message) }

    @inline(__always)
    func step() throws(ChatTemplateError) {
        stepsLeft -= 1
        if stepsLeft < 0 { throw tooLong }
    }

    /// Counts the handling of so many bytes of text.
    func spend(bytes: Int) throws(ChatTemplateError) {
        guard bytes <= limits.maximumOutput else {
            throw error("a string would have \(bytes) bytes, \(limits.maximumOutput) is the most")
        }
        stepsLeft -= bytes >> 6
        if stepsLeft < 0 { throw tooLong }
    }

    /// Counts the handling of so many values.
    func spend(values: Int) throws(ChatTemplateError) {
        let (left, overflow) = stepsLeft.subtractingReportingOverflow(values)
        stepsLeft = overflow ? -1 : left
        if stepsLeft < 0 { throw tooLong }
    }

    private var tooLong: ChatTemplateError {
        error("the template takes more than \(limits.maximumSteps) steps")
    }

    /// Counts one more level of recursion.
    @inline(__always)
    func deeper<Result>(_ body: () throws(ChatTemplateError) -> Result) throws(ChatTemplateError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Renderer.maximumDepth else { throw error("the template goes too deep: endless recursion?") }
        return try body()
    }

    /// Levels of statements, expressions and values within each other, calls included. A level takes up to 3 KB of stack.
    static let maximumDepth = 400

    // MARK: Output

    func write(_ bytes: [UInt8]) throws(ChatTemplateError) {
        guard bytes.count <= limits.maximumOutput - output.count else {
            throw error("the output exceeds \(limits.maximumOutput) bytes")
        }
        output += bytes
    }

    /// What `body` writes, as a text.
    func capture<Result>(
        _ body: () throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> (result: Result, text: Text) {
        let outer = output
        output = []
        defer { output = outer }
        let result = try body()
        try spend(bytes: output.count)
        return (result, Text(output))
    }

    // MARK: Making values

    private func checked(_ depth: Int) throws(ChatTemplateError) {
        guard depth <= Value.maximumDepth + 512 else { throw error("a value is nested too deep") }
    }

    func list(_ elements: [Value]) throws(ChatTemplateError) -> Value {
        try spend(values: elements.count)
        let list = ListValue(elements)
        try checked(list.depth)
        return .list(list)
    }

    func tuple(_ elements: [Value]) throws(ChatTemplateError) -> Value {
        try spend(values: elements.count)
        let list = ListValue(elements)
        try checked(list.depth)
        return .tuple(list)
    }

    func dictionary(_ builder: DictionaryBuilder) throws(ChatTemplateError) -> Value {
        let dictionary = builder.dictionary
        try spend(values: dictionary.count)
        try checked(dictionary.depth)
        return .dictionary(dictionary)
    }

    func iterator(
        _ type: String, over depth: Int, _ pull: @escaping (Renderer) throws(ChatTemplateError) -> Value?
    ) throws(ChatTemplateError) -> Value {
        try checked(depth)
        return .iterator(IteratorValue(type, depth: depth, pull))
    }

    func string(_ text: Text) throws(ChatTemplateError) -> Value {
        try spend(bytes: text.bytes.count)
        return .string(text)
    }

    func key(_ value: Value) throws(ChatTemplateError) -> DictionaryKey {
        guard let key = DictionaryKey(value) else { throw error("a \(value.type) cannot be a key") }
        return key
    }
}
