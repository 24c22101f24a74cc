/// Finds the tensors in what a checkpoint's pickle describes, and gives them names.
///
/// The keys of the outermost dictionary are names as they are; what lies in nested dictionaries, lists and objects gets the
/// keys on the way to it, joined by periods. A value that occurs under several names is visited under each of them, so that
/// the number of visits is bounded.
struct PyTorchWalk {
    /// A tensor that was found.
    struct Found {
        let name: String
        let tensor: PyTorchTensor
    }

    /// Why the walk ended.
    struct Failure: Error {
        let code: CheckpointError.Code
        let tensor: String?
        let message: String
    }

    static let deepest = 64
    static let mostVisits = 1_000_000
    static let longestName = 16 << 10
    static let mostNameBytes = 64 << 20
    static let mostMetadata = 1_000
    static let longestMetadata = 4_096

    private(set) var found: [Found] = []
    private(set) var metadata: [(key: String, value: String)] = []
    /// Values that are neither tensors nor metadata.
    private(set) var otherCount = 0
    /// What Python would have called, and nobody here did.
    private(set) var unknownGlobals: [String] = []

    private let pickle: Pickle
    private var visits = 0
    private var nameBytes = 0
    private var known = Set<String>()
    private var metadataKeys = Set<[UInt8]>()
    /// Functions are few, and mentioned for each tensor.
    private static let harmless: Set<String> = [
        "collections.OrderedDict", "torch.Size", "torch.device", "collections.defaultdict", "collections.Counter",
        "builtins.set", "__builtin__.set", "builtins.dict", "builtins.list",
    ]

    /// - Throws: ``Failure``.
    init(_ pickle: Pickle) throws(Failure) {
        self.pickle = pickle
        try visit(pickle.root, name: "", depth: 0, isInList: false)
    }

    private mutating func visit(
        _ reference: Pickle.Reference, name: String, depth: Int, isInList: Bool
    ) throws(Failure) {
        visits += 1
        nameBytes += name.utf8.count
        guard depth < Self.deepest else {
            throw Failure(
                code: .limitExceeded, tensor: String(name.prefix(200)),
                message: "lies more than \(Self.deepest) levels deep, or inside itself")
        }
        guard visits <= Self.mostVisits, nameBytes <= Self.mostNameBytes, name.utf8.count <= Self.longestName else {
            throw Failure(
                code: .limitExceeded, tensor: nil,
                message: "its values have over \(Self.mostVisits) names, or longer ones than are read")
        }
        switch pickle.nodes[reference] {
        case .none, .opaque, .global, .persistent: otherCount += 1
        case .bool(let value): note(value ? "true" : "false", name, isInList)
        case .int(let value): note("\(value)", name, isInList)
        case .float(let value): note("\(value)", name, isInList)
        case .text(let range):
            if range.count <= Self.longestMetadata {
                note(pickle.string(range), name, isInList)
            } else {
                otherCount += 1
            }
        case .tuple(let range): try visit(pickle.items[range], name: name, depth: depth)
        case .list(let number): try visit(pickle.lists[number][...], name: name, depth: depth)
        case .dictionary(let number): try visitMembers(number, name: name, depth: depth)
        case .call(let number): try visitCall(reference, number, name: name, depth: depth)
        }
    }

    private mutating func visitCall(
        _ reference: Pickle.Reference, _ number: Int, name: String, depth: Int
    ) throws(Failure) {
        switch PyTorchTensor.find(reference, in: pickle) {
        case .tensor(let tensor):
            guard found.count < Checkpoint.mostTensors else {
                throw Failure(
                    code: .limitExceeded, tensor: nil, message: "has over \(Checkpoint.mostTensors) tensors")
            }
            found.append(Found(name: name, tensor: tensor))
        case .refused(let reason):
            throw Failure(code: .unsupported, tensor: name, message: reason)
        case .malformed(let reason):
            throw Failure(code: .badTensor, tensor: name, message: reason)
        case .other:
            let call = pickle.calls[number]
            noteGlobal(call.function)
            var isEmpty = true
            if let members = call.members {
                try visitMembers(members, name: name, depth: depth)
                isEmpty = false
            }
            if let elements = call.elements {
                try visit(pickle.lists[elements][...], name: name, depth: depth)
                isEmpty = false
            }
            // An OrderedDict's state is the `_metadata` that modules attach to it: versions, no tensors.
            if let state = call.state, call.members == nil {
                try visit(state, name: name, depth: depth + 1, isInList: true)
                isEmpty = false
            }
            if isEmpty { otherCount += 1 }
        }
    }

    private mutating func visit(_ items: ArraySlice<Pickle.Reference>, name: String, depth: Int) throws(Failure) {
        for (index, item) in items.enumerated() {
            try visit(item, name: Self.join(name, "\(index)"), depth: depth + 1, isInList: true)
        }
    }

    private mutating func visitMembers(_ number: Int, name: String, depth: Int) throws(Failure) {
        for (key, value) in pickle.dictionaries[number] {
            let text: String
            switch pickle.nodes[key] {
            case .text(let range):
                guard range.count <= Self.longestName else {
                    throw Failure(
                        code: .limitExceeded, tensor: nil, message: "has a key of \(range.count) bytes as a name")
                }
                text = pickle.string(range)
            case .int(let value): text = "\(value)"
            case .bool(let value): text = value ? "True" : "False"
            default:
                otherCount += 1
                continue
            }
            try visit(value, name: depth == 0 ? text : Self.join(name, text), depth: depth + 1, isInList: false)
        }
    }

    private static func join(_ name: String, _ part: String) -> String { name.isEmpty ? part : name + "." + part }

    /// A few numbers and words beside the tensors are worth keeping; the lists of an optimiser are not.
    private mutating func note(_ value: String, _ name: String, _ isInList: Bool) {
        guard !isInList, !name.isEmpty, metadata.count < Self.mostMetadata,
            metadataKeys.insert(Array(name.utf8)).inserted
        else {
            otherCount += 1
            return
        }
        metadata.append((name, value))
    }

    private mutating func noteGlobal(_ function: Pickle.Reference) {
        guard unknownGlobals.count < 8, let global = pickle.global(function), !Self.harmless.contains(global),
            known.insert(global).inserted
        else { return }
        unknownGlobals.append(String(global.prefix(100)))
    }
}
