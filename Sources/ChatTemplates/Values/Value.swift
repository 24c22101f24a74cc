import JSON

/// A value of the template language.
///
/// Everything but namespaces, loops and iterators is immutable, since the sandbox refuses the methods that change lists and
/// dictionaries. Values live within one rendering.
enum Value {
    case undefined(Undefined)
    case null
    case bool(Bool)
    case int(Int)
    /// An integer above `Int.max`, which can be shown and compared but not calculated with.
    case large(UInt64)
    case float(Double)
    case string(Text)
    case list(ListValue)
    case tuple(ListValue)
    case dictionary(DictionaryValue)
    case keys(DictionaryValue)
    case values(DictionaryValue)
    case items(DictionaryValue)
    case range(RangeValue)
    case iterator(IteratorValue)
    case namespace(NamespaceValue)
    case macro(MacroValue)
    case loop(LoopValue)
    case method(MethodValue)
    case function(GlobalFunction)

    static func string(_ text: String) -> Value { .string(Text(text)) }
}

/// What a lookup came to that found nothing. It prints as nothing, and most other uses of it are errors.
final class Undefined {
    enum Reason {
        case name(String)
        case attribute(type: String, name: Text)
        case element(type: String, shown: String)
        case message(String)
        /// An attribute that the sandbox does not give out
        case unsafe(type: String, name: Text)
    }

    let reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    var message: String {
        switch reason {
        case .name(let name): "'\(name)' is undefined"
        case .attribute(let type, let name): "'\(type)' has no attribute '\(name)'"
        case .element(let type, let shown): "\(type) has no element \(shown)"
        case .message(let message): message
        case .unsafe(let type, let name): "access to attribute '\(name)' of '\(type)' is unsafe"
        }
    }
}

final class ListValue {
    let elements: [Value]
    /// How many levels of containers it has, itself included.
    let depth: Int

    init(_ elements: [Value]) {
        self.elements = elements
        depth = 1 + Value.depth(of: elements)
    }
}

final class DictionaryValue {
    let keys: [Value]
    let values: [Value]
    let depth: Int
    private lazy var index: [DictionaryKey: Int] = {
        var index: [DictionaryKey: Int] = [:]
        index.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { if let key = DictionaryKey(key) { index[key] = place } }
        return index
    }()

    /// The keys are different from each other and can be keys.
    fileprivate init(keys: [Value], values: [Value]) {
        self.keys = keys
        self.values = values
        depth = 1 + max(Value.depth(of: keys), Value.depth(of: values))
    }

    var count: Int { keys.count }

    func value(for name: Text) -> Value? {
        guard keys.count > 8 else {
            for (place, key) in keys.enumerated() {
                if case .string(let text) = key, text.bytes == name.bytes { return values[place] }
            }
            return nil
        }
        return index[.string(name.bytes)].map { values[$0] }
    }

    func value(for key: DictionaryKey) -> Value? { index[key].map { values[$0] } }

    var pairs: [Value] { zip(keys, values).map { .tuple(ListValue([$0, $1])) } }
}

/// Collects the members of a dictionary: of equal keys the first gives the place and the last the value.
struct DictionaryBuilder {
    private var keys: [Value] = []
    private var values: [Value] = []
    private var places: [DictionaryKey: Int] = [:]

    mutating func add(_ value: Value, for key: DictionaryKey, shown: Value) {
        if let place = places[key] {
            values[place] = value
        } else {
            places[key] = keys.count
            keys.append(shown)
            values.append(value)
        }
    }

    var dictionary: DictionaryValue { DictionaryValue(keys: keys, values: values) }
}

/// A key by which Python would find a member: 1, 1.0 and True are one key.
enum DictionaryKey: Hashable {
    case none, undefined
    case int(Int)
    case large(UInt64)
    case float(Double)
    case string([UInt8])
    case tuple([DictionaryKey])
    case object(ObjectIdentifier)
    case range(Int, Int, Int)

    /// Nil for what cannot be a key.
    init?(_ value: Value) {
        switch value {
        case .undefined: self = .undefined
        case .null: self = .none
        case .bool(let value): self = .int(value ? 1 : 0)
        case .int(let value): self = .int(value)
        case .large(let value): self = .large(value)
        case .float(let value): self = Int(exactly: value).map { .int($0) } ?? .float(value)
        case .string(let text): self = .string(text.bytes)
        case .tuple(let list):
            var keys: [DictionaryKey] = []
            for element in list.elements {
                guard let key = DictionaryKey(element) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        case .range(let range):
            self =
                range.count == 0 ? .range(0, 0, 0) : .range(range.start, range.count == 1 ? 0 : range.step, range.count)
        case .iterator(let object): self = .object(ObjectIdentifier(object))
        case .namespace(let object): self = .object(ObjectIdentifier(object))
        case .macro(let object): self = .object(ObjectIdentifier(object))
        case .loop(let object): self = .object(ObjectIdentifier(object))
        case .list, .dictionary, .keys, .values, .items, .method, .function: return nil
        }
    }
}

final class RangeValue {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    /// Nil where the number of elements exceeds what `range` may have.
    init?(start: Int, stop: Int, step: Int) {
        (self.start, self.stop, self.step) = (start, stop, step)
        let (distance, overflow) =
            step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
        guard !overflow, step != Int.min else { return nil }
        count = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
        guard count <= RangeValue.maximumCount else { return nil }
    }

    /// As in jinja2's sandbox.
    static let maximumCount = 100_000

    subscript(index: Int) -> Int { start + index * step }
}

/// What can be gone through once, and computes its elements when they are asked for.
final class IteratorValue {
    private var pull: ((Renderer) throws(ChatTemplateError) -> Value?)?
    /// What Python calls it.
    let type: String
    let depth: Int

    init(
        _ type: String, depth: Int, _ pull: @escaping (Renderer) throws(ChatTemplateError) -> Value?
    ) {
        self.type = type
        self.depth = 1 + depth
        self.pull = pull
    }

    /// An iterator over values that are there already.
    convenience init(_ type: String, over values: [Value]) {
        var place = 0
        self.init(type, depth: Value.depth(of: values)) { (_) throws(ChatTemplateError) in
            guard place < values.count else { return nil }
            place += 1
            return values[place - 1]
        }
    }

    func next(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        guard let pull else { return nil }
        do throws(ChatTemplateError) {
            let value = try renderer.deeper { () throws(ChatTemplateError) in try pull(renderer) }
            if value == nil { self.pull = nil }
            return value
        } catch {
            self.pull = nil
            throw error
        }
    }
}

final class NamespaceValue {
    var names: [Text] = []
    var values: [Value] = []

    subscript(name: Text) -> Value? {
        get { names.firstIndex(of: name).map { values[$0] } }
        set {
            guard let newValue else { return }
            if let place = names.firstIndex(of: name) {
                values[place] = newValue
            } else {
                names.append(name)
                values.append(newValue)
            }
        }
    }
}

final class MacroValue {
    let macro: Macro
    /// The frame of the function that it was defined in.
    let frame: Frame

    init(_ macro: Macro, _ frame: Frame) {
        self.macro = macro
        self.frame = frame
    }
}

/// A method together with what it is called on.
final class MethodValue {
    let receiver: Value
    let method: Method

    init(_ receiver: Value, _ method: Method) {
        self.receiver = receiver
        self.method = method
    }
}

/// A function that every template has.
enum GlobalFunction: String, CaseIterable {
    case range, namespace
    case dictionary = "dict"
    case raiseException = "raise_exception"
    case formattedNow = "strftime_now"
}

/// The variables of one run of a function.
final class Frame {
    var slots: [Value?]
    let parent: Frame?

    init(slotCount: Int, parent: Frame?) {
        slots = Array(repeating: nil, count: slotCount)
        self.parent = parent
    }
}

// MARK: What values are

extension Value {
    /// How many levels of containers a value may have.
    static let maximumDepth = 200

    static func depth(of values: [Value]) -> Int {
        var depth = 0
        for value in values { depth = max(depth, value.depth) }
        return depth
    }

    var depth: Int {
        switch self {
        case .list(let list), .tuple(let list): list.depth
        case .dictionary(let members), .keys(let members), .values(let members), .items(let members): members.depth
        case .iterator(let iterator): iterator.depth
        case .method(let method): 1 + method.receiver.depth
        default: 0
        }
    }

    /// The name of its type in Python.
    var type: String {
        switch self {
        case .undefined: "Undefined"
        case .null: "NoneType"
        case .bool: "bool"
        case .int, .large: "int"
        case .float: "float"
        case .string(let text): text.isMarkup ? "Markup" : "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .keys: "dict_keys"
        case .values: "dict_values"
        case .items: "dict_items"
        case .range: "range"
        case .iterator(let iterator): iterator.type
        case .namespace: "namespace"
        case .macro: "Macro"
        case .loop: "LoopContext"
        case .method: "builtin_function_or_method"
        case .function: "function"
        }
    }

    /// Its type as messages about lookups name it.
    var typeOfObject: String {
        if case .null = self { "None" } else { "\(type) object" }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// Python's truth.
    var isTrue: Bool {
        switch self {
        case .undefined, .null: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .large: true
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let list), .tuple(let list): !list.elements.isEmpty
        case .dictionary(let members), .keys(let members), .values(let members), .items(let members): members.count > 0
        case .range(let range): range.count > 0
        case .iterator, .namespace, .macro, .method, .function: true
        // A loop has elements where anything looks at it.
        case .loop: true
        }
    }

    /// The integer that a number stands for where Python takes integers: those and truth values.
    var index: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }
}

extension Value {
    /// A value from outside. Linear in its size.
    init(_ node: JSONNode) {
        switch node {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(Int(value))
        case .unsigned(let value): self = Int(exactly: value).map { .int($0) } ?? .large(value)
        case .double(let value): self = .float(value)
        case .string(let text): self = .string(Text(text))
        case .array(let elements): self = .list(ListValue(elements.map { Value($0) }))
        case .object(let members):
            var builder = DictionaryBuilder()
            for (name, value) in members {
                let name = Text(name)
                builder.add(Value(value), for: .string(name.bytes), shown: .string(name))
            }
            self = .dictionary(builder.dictionary)
        }
    }
}
