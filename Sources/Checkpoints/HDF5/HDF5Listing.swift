import JSON
import Tensors

/// What an HDF5 file holds, as a table that travels from the process that let libhdf5 look at the file.
///
/// The text is one JSON object with `version` 1. Whoever reads it believes nothing: ``init(decoding:path:)`` checks its
/// structure, ``StoredTensor`` and ``Checkpoint`` what it says.
struct HDF5Listing {
    /// A dataset of numbers.
    struct Dataset {
        /// The path without the leading slash.
        var path: String
        var type: Element
        var isBigEndian = false
        var shape: [Int]
        var storage: Storage
        /// The strings and integers among its attributes `name`, `name_json`, `dtype` and `shape`.
        var attributes: [(key: String, value: String)] = []
    }

    enum Element: Equatable {
        case tensor(TensorType)
        case opaque(Int)
    }

    enum Storage {
        case contiguous(offset: Int)
        case inline([UInt8])
        case chunked(ChunkedStorage)
        case unread(reason: String)
    }

    static let version = 1
    /// The most that is read of a table, in bytes.
    static let largestSize = 64 << 20
    /// The most values in a table that is read: parsed, each takes more memory than its text.
    static let mostValues = 14_000_000

    /// The strings and integers among the root's attributes, the latter in decimal.
    var attributes: [(key: String, value: String)] = []
    var datasets: [Dataset] = []
    var warnings: [CheckpointWarning] = []

    func attribute(_ name: String) -> String? { attributes.first { $0.key == name }?.value }
}

extension HDF5Listing.Dataset {
    func attribute(_ name: String) -> String? { attributes.first { $0.key == name }?.value }
}

// To JSON.
extension HDF5Listing {
    /// The text that a failure travels as.
    static func encoded(failure: CheckpointError) -> [UInt8] {
        var error: [(String, JSONNode)] = [
            ("code", .string(failure.code.rawValue)), ("message", .string(failure.message)),
        ]
        if let tensor = failure.tensor { error.append(("tensor", .string(tensor))) }
        return Self.text(.object([("version", .int(Int64(version))), ("error", .object(error))]))
    }

    /// The text of the table.
    func encoded() -> [UInt8] {
        Self.text(
            .object([
                ("version", .int(Int64(Self.version))), ("attributes", Self.node(attributes)),
                ("datasets", .array(datasets.map(Self.node))),
                (
                    "warnings",
                    .array(warnings.map { .array([$0.tensor.map { .string($0) } ?? .null, .string($0.message)]) })
                ),
            ]))
    }

    private static func text(_ node: JSONNode) -> [UInt8] {
        var bytes: [UInt8] = []
        // There are no doubles, which alone can fail.
        do throws(JSONError) { try JSONWriter().write(node, to: &bytes) } catch {}
        return bytes
    }

    private static func node(_ attributes: [(key: String, value: String)]) -> JSONNode {
        .object(attributes.map { ($0.key, .string($0.value)) })
    }

    private static func node(_ numbers: [Int]) -> JSONNode { .array(numbers.map { .int(Int64($0)) }) }

    private static func node(_ dataset: Dataset) -> JSONNode {
        var members: [(String, JSONNode)] = [("path", .string(dataset.path))]
        switch dataset.type {
        case .tensor(let type): members.append(("type", .string(type.name)))
        case .opaque(let count): members.append(("opaque", .int(Int64(count))))
        }
        if dataset.isBigEndian { members.append(("big_endian", .bool(true))) }
        members.append(("shape", node(dataset.shape)))
        switch dataset.storage {
        case .contiguous(let offset): members.append(("offset", .int(Int64(offset))))
        case .inline(let bytes): members.append(("bytes", node(bytes.map { Int($0) })))
        case .unread(let reason): members.append(("unread", .string(reason)))
        case .chunked(let place):
            var numbers: [JSONNode] = []
            numbers.reserveCapacity(4 * place.chunks.count)
            for chunk in place.chunks {
                numbers.append(.int(Int64(chunk.number)))
                numbers.append(.int(Int64(chunk.offset)))
                numbers.append(.int(Int64(chunk.byteCount)))
                numbers.append(.int(Int64(chunk.skippedFilters)))
            }
            members.append(
                (
                    "chunked",
                    .object([
                        ("shape", node(place.chunkShape)),
                        ("filters", .array(place.filters.map { .string($0.name) })),
                        ("fill", node(place.fillValue.map { Int($0) })), ("chunks", .array(numbers)),
                    ])
                ))
        }
        if !dataset.attributes.isEmpty { members.append(("attributes", node(dataset.attributes))) }
        return .object(members)
    }
}

extension ChunkedStorage.Filter {
    /// The name in a table.
    var name: String {
        switch self {
        case .shuffle: "shuffle"
        case .deflate: "deflate"
        case .fletcher32: "fletcher32"
        }
    }
}

// From JSON.
extension HDF5Listing {
    /// - Throws: `malformed` for a text that is no table, or for the failure that it tells of.
    init(decoding text: [UInt8], path: String) throws(CheckpointError) {
        let table = try TableDecoder(text, path: path)
        attributes = try table.strings(table.root["attributes"])
        if let values = table.root["datasets"] {
            for value in values.elements {
                guard datasets.count < Checkpoint.mostTensors else { throw Checkpoint.tooManyTensors(path: path) }
                datasets.append(try table.dataset(value))
            }
        }
        if let values = table.root["warnings"] {
            for value in values.elements {
                warnings.append(CheckpointWarning(tensor: value[0]?.string, value[1]?.string ?? ""))
            }
        }
    }
}

/// Reads the table of a process that may have been led astray by the file.
private struct TableDecoder {
    let root: JSONValue
    let path: String
    private let document: JSONDocument

    init(_ text: [UInt8], path: String) throws(CheckpointError) {
        let failure = CheckpointError(
            .malformed, path: path, "the table of its datasets is damaged; the file is damaged or misleads libhdf5")
        guard text.count(where: { $0 == UInt8(ascii: ",") }) <= HDF5Listing.mostValues else { throw failure }
        do throws(JSONError) {
            document = try JSONDocument.parsing(text)
        } catch {
            throw failure
        }
        root = document.root
        self.path = path
        guard root["version"]?.int == HDF5Listing.version else { throw failure }
        if let error = root["error"] {
            let code = error["code"]?.string.flatMap { CheckpointError.Code(rawValue: $0) } ?? .malformed
            throw CheckpointError(
                code, path: path, tensor: error["tensor"]?.string, error["message"]?.string ?? failure.message)
        }
        guard root["datasets"]?.kind == .array, root["warnings"]?.kind == .array else { throw failure }
    }

    private func damaged(_ name: String?) -> CheckpointError {
        CheckpointError(.malformed, path: path, tensor: name, "the table of its datasets is damaged")
    }

    func strings(_ value: JSONValue?) throws(CheckpointError) -> [(key: String, value: String)] {
        guard let value else { return [] }
        var result: [(key: String, value: String)] = []
        for member in value.members {
            guard let text = member.value.string else { throw damaged(nil) }
            result.append((member.key, text))
        }
        return result
    }

    private func numbers(_ value: JSONValue?, of name: String) throws(CheckpointError) -> [Int] {
        guard let value, value.kind == .array else { throw damaged(name) }
        var result: [Int] = []
        result.reserveCapacity(value.count)
        for element in value.elements {
            guard let number = element.int, number >= 0 else { throw damaged(name) }
            result.append(number)
        }
        return result
    }

    private func bytes(_ value: JSONValue?, of name: String) throws(CheckpointError) -> [UInt8] {
        var result: [UInt8] = []
        for number in try numbers(value, of: name) {
            guard let byte = UInt8(exactly: number) else { throw damaged(name) }
            result.append(byte)
        }
        return result
    }

    func dataset(_ value: JSONValue) throws(CheckpointError) -> HDF5Listing.Dataset {
        guard let name = value["path"]?.string else { throw damaged(nil) }
        let type: HDF5Listing.Element
        if let text = value["type"]?.string, let known = TensorType(rawValue: text) {
            type = .tensor(known)
        } else if let count = value["opaque"]?.int, (1...16).contains(count) {
            type = .opaque(count)
        } else {
            throw damaged(name)
        }
        let storage: HDF5Listing.Storage
        if let offset = value["offset"]?.int, offset >= 0 {
            storage = .contiguous(offset: offset)
        } else if let inline = value["bytes"] {
            storage = .inline(try bytes(inline, of: name))
        } else if let reason = value["unread"]?.string {
            storage = .unread(reason: reason)
        } else if let place = value["chunked"] {
            storage = .chunked(try chunked(place, of: name))
        } else {
            throw damaged(name)
        }
        return HDF5Listing.Dataset(
            path: name, type: type, isBigEndian: value["big_endian"]?.bool ?? false,
            shape: try numbers(value["shape"], of: name), storage: storage,
            attributes: try strings(value["attributes"]))
    }

    private func chunked(_ value: JSONValue, of name: String) throws(CheckpointError) -> ChunkedStorage {
        var filters: [ChunkedStorage.Filter] = []
        guard let names = value["filters"], names.count <= 32, let list = value["chunks"], list.kind == .array,
            list.count % 4 == 0
        else { throw damaged(name) }
        for element in names.elements {
            switch element.string {
            case "shuffle": filters.append(.shuffle)
            case "deflate": filters.append(.deflate)
            case "fletcher32": filters.append(.fletcher32)
            default: throw damaged(name)
            }
        }
        var chunks: [ChunkedStorage.Chunk] = []
        chunks.reserveCapacity(list.count / 4)
        var elements = list.elements
        while let number = elements.next() {
            guard let number = number.int, let offset = elements.next()?.int, let count = elements.next()?.int,
                let mask = elements.next()?.int.flatMap({ UInt32(exactly: $0) }), number >= 0, offset >= 0, count >= 0
            else { throw damaged(name) }
            if let last = chunks.last, last.number >= number { throw damaged(name) }
            chunks.append(
                ChunkedStorage.Chunk(number: number, offset: offset, byteCount: count, skippedFilters: mask))
        }
        return ChunkedStorage(
            file: 0, chunkShape: try numbers(value["shape"], of: name), filters: filters, chunks: chunks,
            fillValue: try bytes(value["fill"], of: name))
    }
}
