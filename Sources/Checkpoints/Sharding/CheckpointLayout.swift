import JSON
import Tensors

/// How a checkpoint was divided over the ranks of a tensor-parallel run: what is needed to undo it.
struct CheckpointLayout: Sendable {
    struct Entry: Sendable {
        /// As the tensor was before.
        let tensor: TensorDescription
        let division: TensorDivision
    }

    /// The files of the ranks in order.
    var files: [String]
    var tensors: [Entry]

    static let fileName = "layout.json"
    static let format = "kedge.checkpoint-layout"
    private static let limit = 512 << 20
    static let largestRankCount = 4096

    /// Reads and checks a layout.
    ///
    /// - Throws: `malformed`, `unsafePath`.
    init(path: String) throws(CheckpointError) {
        func bad(_ message: String, tensor: String? = nil) -> CheckpointError {
            CheckpointError(.malformed, path: path, tensor: tensor, message)
        }
        let root: JSONNode
        do throws(JSONError) {
            root = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: Self.limit).root)
        } catch {
            throw bad("cannot be read as a layout: \(error)")
        }
        guard root["format"] == .string(Self.format) else { throw bad("its 'format' does not say \(Self.format)") }
        guard root["version"] == 1 else { throw bad("its version is not 1, which is the one that is known") }
        guard case .array(let files)? = root["files"], (1...Self.largestRankCount).contains(files.count),
            case .array(let entries)? = root["tensors"]
        else { throw bad("it lacks files (1 to \(Self.largestRankCount)) or tensors") }
        self.files = []
        for file in files {
            guard case .string(let name) = file else { throw bad("its files are not all strings") }
            try ShardIndex.requireInside(name, path: path)
            self.files.append(name)
        }
        tensors = []
        for node in entries {
            guard let entry = Entry(node) else {
                guard case .string(let name)? = node["name"] else { throw bad("one of its tensors has no name") }
                throw bad("its entry is not sound", tensor: name)
            }
            guard entry.division.fits(entry.tensor.shape, ranks: files.count), entry.tensor.byteCount != nil else {
                throw bad("its division does not fit its shape \(entry.tensor.shape)", tensor: entry.tensor.name)
            }
            tensors.append(entry)
        }
    }

    init(files: [String], tensors: [Entry]) {
        self.files = files
        self.tensors = tensors
    }

    /// The file as it is written.
    func bytes() throws -> [UInt8] {
        var text: [UInt8] = Array("{\n".utf8)
        // One tensor a line: pretty for people, and small.
        func line(_ key: String, _ node: JSONNode, _ end: String) throws {
            text += Array("  \"\(key)\": ".utf8)
            try JSONWriter().write(node, to: &text)
            text += Array(end.utf8)
        }
        try line("format", .string(Self.format), ",\n")
        try line("version", 1, ",\n")
        try line("files", .array(files.map { .string($0) }), ",\n")
        text += Array("  \"tensors\": [".utf8)
        for (index, tensor) in tensors.enumerated() {
            text += Array((index == 0 ? "\n    " : ",\n    ").utf8)
            try JSONWriter().write(tensor.json, to: &text)
        }
        return text + Array("\n  ]\n}\n".utf8)
    }
}

extension CheckpointLayout.Entry {
    fileprivate var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("name", .string(tensor.name)), ("dtype", .string(tensor.type.name)),
            ("shape", .array(tensor.shape.map { .int(Int64($0)) })), ("style", .string(division.style.rawValue)),
        ]
        if let dimension = division.dimension {
            members.append(("dimension", .int(Int64(dimension))))
            members.append(("padding", .int(Int64(division.padding))))
            members.append(
                (
                    "parts",
                    .array(division.parts.map { ["extent": .int(Int64($0.extent)), "copies": .int(Int64($0.copies))] })
                ))
        }
        return .object(members)
    }

    fileprivate init?(_ node: JSONNode) {
        func count(_ node: JSONNode?) -> Int? {
            guard case .int(let value)? = node, (0...1 << 53).contains(value) else { return nil }
            return Int(value)
        }
        guard case .string(let name)? = node["name"], case .string(let typeName)? = node["dtype"],
            let type = TensorType(rawValue: typeName), case .array(let shapeNodes)? = node["shape"],
            shapeNodes.count <= 64, case .string(let styleName)? = node["style"],
            let style = TensorParallelStyle(rawValue: styleName)
        else { return nil }
        let shape = shapeNodes.compactMap { count($0) }
        guard shape.count == shapeNodes.count else { return nil }
        tensor = TensorDescription(name: name, type: type, shape: shape)
        guard let dimensionNode = node["dimension"] else {
            guard style == .replicated else { return nil }
            division = .replicated
            return
        }
        guard let dimension = count(dimensionNode), let padding = count(node["padding"]),
            case .array(let partNodes)? = node["parts"], partNodes.count <= 64
        else { return nil }
        var parts: [TensorDivision.Part] = []
        for part in partNodes {
            guard let extent = count(part["extent"]), let copies = count(part["copies"]) else { return nil }
            parts.append(TensorDivision.Part(extent: extent, copies: copies))
        }
        division = TensorDivision(style: style, dimension: dimension, parts: parts, padding: padding)
    }
}
