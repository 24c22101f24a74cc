/// A walk over the elements of a value.
struct Cursor {
    private enum Source {
        case array([Value])
        case range(RangeValue)
        case iterator(IteratorValue)
    }

    private let source: Source
    private var place = 0

    /// - Throws: where Python could not iterate.
    init(_ value: Value, _ renderer: Renderer) throws(ChatTemplateError) {
        switch value {
        case .undefined: source = .array([])
        case .list(let list), .tuple(let list): source = .array(list.elements)
        case .dictionary(let members), .keys(let members): source = .array(members.keys)
        case .values(let members): source = .array(members.values)
        case .items(let members):
            try renderer.spend(values: members.count)
            source = .array(members.pairs)
        case .string(let text):
            try renderer.spend(values: text.bytes.count)
            source = .array(text.characters.map { .string($0) })
        case .range(let range): source = .range(range)
        case .iterator(let iterator): source = .iterator(iterator)
        default: throw renderer.error("'\(value.type)' object is not iterable")
        }
    }

    init(_ values: [Value]) { source = .array(values) }
    init(_ iterator: IteratorValue) { source = .iterator(iterator) }

    /// The number of elements; nil for iterators.
    var count: Int? {
        switch source {
        case .array(let values): values.count
        case .range(let range): range.count
        case .iterator: nil
        }
    }

    mutating func next(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        switch source {
        case .array(let values):
            guard place < values.count else { return nil }
            place += 1
            return values[place - 1]
        case .range(let range):
            guard place < range.count else { return nil }
            place += 1
            return .int(range[place - 1])
        case .iterator(let iterator):
            return try iterator.next(renderer)
        }
    }

    /// Everything that is left.
    mutating func rest(_ renderer: Renderer) throws(ChatTemplateError) -> [Value] {
        if place == 0, case .array(let values) = source { return values }
        var values: [Value] = []
        while let value = try next(renderer) {
            try renderer.step()
            values.append(value)
        }
        return values
    }
}

/// A walk that begins only when the first element is asked for, so that a filter nobody looks at fails nowhere.
struct LateCursor {
    private let value: Value
    private var cursor: Cursor?

    init(_ value: Value) { self.value = value }

    mutating func next(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        var walk = if let cursor { cursor } else { try Cursor(value, renderer) }
        cursor = nil
        defer { cursor = walk }
        return try walk.next(renderer)
    }
}

/// The variable `loop`.
final class LoopValue {
    private var cursor: Cursor
    private var knownLength: Int?
    private var following: Value?
    private var isExhausted = false
    private var current: Value?
    private(set) var previous: Value?
    private(set) var index0 = -1
    let depth0: Int
    /// The loop and the frame around it where it can be called.
    private(set) var recursion: (loop: Loop, frame: Frame)?
    var lastChanged: [Value]?

    init(_ cursor: Cursor, depth0: Int, recursion: (loop: Loop, frame: Frame)?) {
        self.cursor = cursor
        self.depth0 = depth0
        self.recursion = recursion
        knownLength = cursor.count
    }

    func release() {
        cursor = Cursor([])
        (following, current, previous, lastChanged, recursion) = (nil, nil, nil, nil, nil)
    }

    private func pull(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        guard !isExhausted else { return nil }
        let value = try cursor.next(renderer)
        if value == nil { isExhausted = true }
        return value
    }

    func advance(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        guard let value = try peek(renderer) else { return nil }
        following = nil
        index0 += 1
        previous = current
        current = value
        return value
    }

    func peek(_ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        if following == nil { following = try pull(renderer) }
        return following
    }

    func length(_ renderer: Renderer) throws(ChatTemplateError) -> Int {
        if let knownLength { return knownLength }
        let rest = try cursor.rest(renderer)
        cursor = Cursor(rest)
        let length = rest.count + index0 + 1 + (following == nil ? 0 : 1)
        knownLength = length
        return length
    }

    /// An attribute; nil where there is none of this name.
    func attribute(_ name: String, _ renderer: Renderer) throws(ChatTemplateError) -> Value? {
        switch name {
        case "index": .int(index0 + 1)
        case "index0": .int(index0)
        case "revindex": .int(try length(renderer) - index0)
        case "revindex0": .int(try length(renderer) - index0 - 1)
        case "first": .bool(index0 == 0)
        case "last": .bool(try peek(renderer) == nil)
        case "length": .int(try length(renderer))
        case "depth": .int(depth0 + 1)
        case "depth0": .int(depth0)
        case "previtem":
            index0 == 0 ? .undefined(Undefined(.message("there is no previous item"))) : previous
        case "nextitem":
            if let next = try peek(renderer) { next } else { .undefined(Undefined(.message("there is no next item"))) }
        case "cycle": .method(MethodValue(.loop(self), .cycle))
        case "changed": .method(MethodValue(.loop(self), .changed))
        default: nil
        }
    }
}
