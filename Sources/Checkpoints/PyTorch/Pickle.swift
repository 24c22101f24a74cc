/// What a pickle describes, as inert nodes that refer to each other by number. Nothing is imported, called or built.
struct Pickle {
    typealias Reference = Int

    /// One value.
    enum Node {
        case none
        case bool(Bool)
        case int(Int)
        case float(Double)
        /// UTF-8, somewhere in ``bytes``.
        case text(Range<Int>)
        /// Byte strings, integers beyond 64 bits, sets: nothing that a checkpoint's structure depends on.
        case opaque
        /// A range of ``items``.
        case tuple(Range<Int>)
        /// A number of ``lists``.
        case list(Int)
        /// A number of ``dictionaries``.
        case dictionary(Int)
        /// A name that Python would import: module and attribute in ``bytes``.
        case global(module: Range<Int>, name: Range<Int>)
        /// A number of ``calls``.
        case call(Int)
        /// What `persistent_load` would be asked for: in PyTorch's files a storage.
        case persistent(Reference)
    }

    /// What Python would call, and what it would do to the result.
    struct Call {
        let function: Reference
        let arguments: Reference
        var state: Reference?
        /// A number of ``dictionaries``.
        var members: Int?
        /// A number of ``lists``.
        var elements: Int?
    }

    let bytes: [UInt8]
    var nodes: [Node] = []
    var items: [Reference] = []
    var lists: [[Reference]] = []
    var dictionaries: [[(key: Reference, value: Reference)]] = []
    var calls: [Call] = []
    var root: Reference = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The text of a node, or nil for other kinds.
    func text(_ reference: Reference) -> String? {
        guard case .text(let range) = nodes[reference] else { return nil }
        return string(range)
    }

    func int(_ reference: Reference) -> Int? {
        guard case .int(let value) = nodes[reference] else { return nil }
        return value
    }

    /// `module.name` of a global, or nil for other kinds.
    func global(_ reference: Reference) -> String? {
        guard case .global(let module, let name) = nodes[reference] else { return nil }
        return string(module) + "." + string(name)
    }

    /// The items of a tuple or a list, or those of a `torch.Size`; nil for other kinds.
    func sequence(_ reference: Reference) -> ArraySlice<Reference>? {
        switch nodes[reference] {
        case .tuple(let range): return items[range]
        case .list(let number): return lists[number][...]
        case .call(let number):
            guard global(calls[number].function) == "torch.Size", let arguments = tuple(calls[number].arguments),
                let first = arguments.first, arguments.count == 1
            else { return nil }
            return tuple(first)
        default: return nil
        }
    }

    private func tuple(_ reference: Reference) -> ArraySlice<Reference>? {
        guard case .tuple(let range) = nodes[reference] else { return nil }
        return items[range]
    }

    /// The integers of a sequence; nil where there is anything else in it.
    func ints(_ reference: Reference) -> [Int]? {
        guard let sequence = sequence(reference), sequence.count <= 64 else { return nil }
        var values: [Int] = []
        for item in sequence {
            guard let value = int(item) else { return nil }
            values.append(value)
        }
        return values
    }
}
