import Files
import JSON
import Tensors

/// The header of one safetensors file, checked.
struct SafetensorsHeader {
    /// The largest header that the reference implementation takes.
    static let largestSize = 100_000_000
    /// The most structural characters in a header that is read: with more, a parsed header takes far more memory than its
    /// text. 200,000 tensors of four dimensions have under 3,000,000.
    static let mostSeparators = 8_000_000
    static let metadataKey = "__metadata__"

    /// In the order of their data.
    var tensors: [StoredTensor] = []
    var metadata: [(key: String, value: String)] = []
    var warnings: [CheckpointWarning] = []

    /// Reads and checks the header.
    ///
    /// - Parameter number: the file's position among those of the checkpoint.
    /// - Throws: `wrongSize`, `malformed`, `badTensor`, `limitExceeded`, `FileError`.
    init(_ file: RandomAccessFile, number: Int) throws {
        let prefix = try file.bytes(at: 0, count: min(8, file.size))
        guard prefix.count == 8 else {
            throw CheckpointError(
                .wrongSize, path: file.path,
                "has \(file.size) bytes; a safetensors file has at least 8 for the length of its header")
        }
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.largestSize) else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: 0,
                "claims a header of \(length) bytes, above the format's limit of \(Self.largestSize); it is no safetensors file, or damaged"
            )
        }
        let headerSize = Int(length)
        guard headerSize <= file.size - 8 else {
            throw CheckpointError(
                .wrongSize, path: file.path, byte: 8,
                "is truncated: the header takes \(headerSize) bytes, \(file.size - 8) are there; fetch the file again")
        }
        let text = try file.bytes(at: 8, count: headerSize)
        guard text.count == headerSize else {
            throw CheckpointError(.wrongSize, path: file.path, byte: 8, "has become shorter while it was read")
        }
        // Those inside of names count too, which are few.
        let separators = text.count { $0 == 0x2C || $0 == 0x3A || $0 == 0x5B || $0 == 0x7B }
        guard separators <= Self.mostSeparators else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: 8,
                "has a header of \(separators) values and more, above the limit of \(Self.mostSeparators); divide it into shards"
            )
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.parsing(text)
        } catch {
            throw CheckpointError(.malformed, path: file.path, byte: 8, "its header is no JSON: \(error)")
        }
        guard document.root.kind == .object else {
            throw CheckpointError(.malformed, path: file.path, byte: 8, "its header is no JSON object")
        }
        try readMembers(document.root, file: file, number: number, dataStart: 8 + headerSize)
    }

    private mutating func readMembers(
        _ root: JSONValue, file: RandomAccessFile, number: Int, dataStart: Int
    ) throws(CheckpointError) {
        var places: [[UInt8]: Int] = [:]
        var hasMetadata = false
        var count = 0
        for member in root.members {
            let name = member.key
            if name == Self.metadataKey {
                guard !hasMetadata else {
                    throw CheckpointError(.malformed, path: file.path, byte: 8, "has two \(Self.metadataKey)")
                }
                hasMetadata = true
                try readMetadata(member.value, path: file.path)
                continue
            }
            count += 1
            // Names that occur again count too: each is a warning.
            guard count <= Checkpoint.mostTensors else { throw Checkpoint.tooManyTensors(path: file.path) }
            let tensor = try parse(member.value, name: name, file: file, number: number, dataStart: dataStart)
            if let place = places[Array(name.utf8)] {
                warnings.append(CheckpointWarning(tensor: name, "the name occurs twice; the last one counts"))
                tensors[place] = tensor
            } else {
                places[Array(name.utf8)] = tensors.count
                tensors.append(tensor)
            }
            if name.utf8.contains(0) || name.hasPrefix("/") || name.split(separator: "/").contains("..") {
                warnings.append(CheckpointWarning(tensor: name, "the name looks like a path out of its directory"))
            }
        }
        try checkCoverage(file: file, dataStart: dataStart)
    }

    private mutating func readMetadata(_ value: JSONValue, path: String) throws(CheckpointError) {
        if value.isNull {
            warnings.append(CheckpointWarning("\(Self.metadataKey) is null"))
            return
        }
        guard value.kind == .object else {
            throw CheckpointError(.malformed, path: path, byte: 8, "its \(Self.metadataKey) is no object of strings")
        }
        var entries = MetadataEntries()
        for (index, member) in value.members.enumerated() {
            // Keys that occur again count too: each is a warning.
            guard index < MetadataEntries.largestCount else {
                throw CheckpointError(
                    .limitExceeded, path: path, byte: 8,
                    "its \(Self.metadataKey) has over \(MetadataEntries.largestCount) entries; remove some of them")
            }
            guard let text = member.value.string else {
                throw CheckpointError(
                    .malformed, path: path, byte: 8, "its \(Self.metadataKey) has '\(member.key)', which is no string")
            }
            if try !entries.set(member.key, to: text, path: path) {
                warnings.append(CheckpointWarning("\(Self.metadataKey) has '\(member.key)' twice; the last one counts"))
            }
        }
        metadata = entries.entries
    }

    private mutating func parse(
        _ value: JSONValue, name: String, file: RandomAccessFile, number: Int, dataStart: Int
    ) throws(CheckpointError) -> StoredTensor {
        func bad(_ message: String) -> CheckpointError {
            CheckpointError(.badTensor, path: file.path, tensor: name, message)
        }
        guard value.kind == .object else { throw bad("its entry in the header is no object") }
        var (typeName, shapeValue, offsetsValue): (String?, JSONValue?, JSONValue?)
        guard value.count <= 16 else { throw bad("its entry has \(value.count) fields; a tensor's has 3") }
        for member in value.members {
            switch member.key {
            case "dtype": typeName = member.value.string
            case "shape": shapeValue = member.value
            case "data_offsets": offsetsValue = member.value
            default:
                warnings.append(CheckpointWarning(tensor: name, "its entry has the unknown field '\(member.key)'"))
            }
        }
        guard let typeName, let shapeValue, shapeValue.kind == .array, let offsetsValue, offsetsValue.kind == .array
        else {
            throw bad("its entry lacks dtype, shape or data_offsets")
        }
        guard let type = TensorType(safetensorsName: typeName) else { throw bad("has the unknown dtype '\(typeName)'") }
        guard shapeValue.count <= 64 else { throw bad("has \(shapeValue.count) dimensions; 64 are the limit") }
        var shape: [Int] = []
        for extent in shapeValue.elements {
            guard let extent = extent.int, extent >= 0 else { throw bad("its shape is not all integers from 0") }
            shape.append(extent)
        }
        let offsets = offsetsValue.elements.prefix(3).compactMap { $0.int }
        guard offsetsValue.count == 2, offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
            throw bad("its data_offsets are no ascending pair of integers")
        }
        let description = TensorDescription(name: name, type: type, shape: shape)
        guard let byteCount = description.byteCount else {
            throw bad("its shape \(shape) overflows or is no whole number of bytes of \(type.name)")
        }
        guard byteCount == offsets[1] - offsets[0] else {
            throw bad(
                "its data_offsets span \(offsets[1] - offsets[0]) bytes, its shape \(shape) of \(typeName) takes \(byteCount)"
            )
        }
        let (begin, overflows) = dataStart.addingReportingOverflow(offsets[0])
        guard !overflows,
            let tensor = StoredTensor(description, storage: .bytes(file: number, offset: begin))
        else { throw bad("its data_offsets overflow") }
        return tensor
    }

    /// Tensors must follow each other without holes and overlaps, from the header to the end of the file.
    private mutating func checkCoverage(file: RandomAccessFile, dataStart: Int) throws(CheckpointError) {
        let placed = tensors.map { tensor in
            guard case .bytes(_, let offset) = tensor.storage else { return (offset: 0, tensor: tensor) }
            return (offset: offset, tensor: tensor)
        }.sorted { ($0.offset, $0.tensor.byteCount) < ($1.offset, $1.tensor.byteCount) }
        var end = dataStart
        for (offset, tensor) in placed {
            guard offset == end else {
                let what = offset < end ? "overlaps the tensor before it" : "leaves a hole before it"
                throw CheckpointError(
                    .badTensor, path: file.path, tensor: tensor.name, byte: offset,
                    "its data \(what), which ends at byte \(end); tensors must touch")
            }
            let (next, overflows) = end.addingReportingOverflow(tensor.byteCount)
            guard !overflows else {
                throw CheckpointError(.badTensor, path: file.path, tensor: tensor.name, "its data_offsets overflow")
            }
            end = next
            if let width = tensor.type.byteWidth, offset % width != 0 {
                warnings.append(CheckpointWarning(tensor: tensor.name, "its data is not aligned to its elements"))
            }
        }
        guard end == file.size else {
            let what = end > file.size ? "is truncated; fetch it again" : "has bytes behind its last tensor"
            throw CheckpointError(
                .wrongSize, path: file.path, "\(what): expected \(end) bytes by its header, found \(file.size)")
        }
        tensors = placed.map(\.tensor)
    }
}
