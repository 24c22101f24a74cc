import Files
import JSON

/// The most probable tokens at each place of texts, as vLLM gives them for `prompt_logprobs`.
///
/// A file is a list for one text, `[null, {"id": {"logprob": x, "rank": n}, ...}, ...]`, a list of such lists, or objects with
/// `prompt_logprobs` and perhaps `prompt_token_ids` and `request_id` (vLLM's RequestOutput; of its server's answers the
/// `choices` are looked into), as an array, one after the other or one a line; plain, gzipped or compressed with Zstandard.
/// It is read as it goes on, one text at a time.
public struct TopListDump: Sendable {
    /// The file.
    public let path: String
    /// The longest record that is read, in bytes: a text of a file that has several.
    public static let recordLimit = 1 << 29

    /// Looks whether there is such a file.
    public init(_ path: String) throws {
        self.path = path
        var places = try TopListPlaces(self)
        guard try places.next() != nil else {
            throw DivergenceError(.malformed, path: path, "holds no prompt_logprobs")
        }
    }

    /// Whether a file is JSON and so can only be a top-k dump.
    static func isOne(_ path: String) throws -> Bool {
        let name = path.lowercased()
        if name.hasSuffix(".index.json") || name.hasSuffix(".weights.json") { return false }
        for ending in [".json", ".jsonl", ".ndjson"] {
            if ["", ".gz", ".zst", ".zstd"].contains(where: { name.hasSuffix(ending + $0) }) { return true }
        }
        let file = try RandomAccessFile(path: path)
        // The length with which safetensors files begin has zeros in it.
        let head = try file.bytes(at: 0, count: 8)
        let first = head.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return !head.contains(0) && (first == UInt8(ascii: "[") || first == UInt8(ascii: "{"))
    }
}

/// Goes through the places of a top-k dump.
struct TopListPlaces: ~Copyable {
    private let path: String
    private var reader: RecordReader
    private var parser: JSONParser
    private var batch: RecordBatch?
    private var record = 0
    /// Places of the record that was read last, the next one at ``place``.
    private var places: [TopPlace] = []
    private var place = 0
    private var sequences = 0
    /// Places of the current sequence, where every record is a place.
    private var position = 0

    init(_ dump: TopListDump) throws {
        let parser = try JSONParser()
        let reader = try RecordReader(path: dump.path, recordLimit: TopListDump.recordLimit)
        path = dump.path
        self.reader = reader
        self.parser = parser
    }

    /// Bytes of the file that were read, and all; the latter 0 where that is not known.
    var progress: (done: Int, total: Int) { (reader.consumed, reader.size ?? 0) }

    /// The next place; nil at the end of the file.
    mutating func next() throws -> TopPlace? {
        while place == places.count {
            if let batch, record < batch.records.count {
                places.removeAll(keepingCapacity: true)
                place = 0
                record += 1
                try read(batch.records[record - 1], of: batch)
            } else {
                record = 0
                batch = try reader.nextBatch()
                if batch == nil { return nil }
            }
        }
        defer { place += 1 }
        return places[place]
    }

    private mutating func read(_ record: RecordBatch.Record, of batch: RecordBatch) throws {
        let root: JSONValue
        do {
            root = try parser.parse(record, of: batch).root
        } catch {
            throw DivergenceError(
                .malformed, path: path, "record \(record.row), byte \(record.byteOffset): \(error.message)")
        }
        switch root.kind {
        case .array: try append(root, tokens: nil, id: "", record: record)
        case .null:
            // The first token of a text, in a file that is one text.
            beginPlaces()
            places.append(TopPlace(sequence: sequences - 1, sequenceID: "", position: 0, tokenID: nil, list: nil))
            position = 1
        case .object:
            if let lists = root["prompt_logprobs"], lists.kind == .array {
                try append(lists, tokens: root["prompt_token_ids"], id: Self.id(root), record: record)
            } else if let choices = root["choices"], choices.kind == .array {
                for choice in choices.elements {
                    guard let lists = choice["prompt_logprobs"] else { continue }
                    try append(lists, tokens: choice["prompt_token_ids"], id: Self.id(root), record: record)
                }
            } else if root["prompt_logprobs"] != nil {
                throw malformed(record, "its prompt_logprobs are no list; ask vLLM for prompt_logprobs=k")
            } else {
                if sequences == 0 { beginPlaces() }
                try appendPlace(root, record: record)
            }
        default: throw malformed(record, "is neither a list nor an object")
        }
    }

    private mutating func beginPlaces() {
        sequences += 1
        position = 0
    }

    private mutating func appendPlace(_ value: JSONValue, record: RecordBatch.Record) throws {
        let (list, first) = try parse(value, record: record, position: position)
        places.append(
            TopPlace(sequence: sequences - 1, sequenceID: "", position: position, tokenID: first, list: list))
        position += 1
    }

    /// Appends a text.
    private mutating func append(
        _ lists: JSONValue, tokens: JSONValue?, id: String, record: RecordBatch.Record
    ) throws {
        guard lists.kind == .array else { throw malformed(record, "its prompt_logprobs are no list") }
        var ids: [Int32]?
        if let tokens, !tokens.isNull {
            ids = try tokens.elements.map { value in
                guard let id = value.int.flatMap(Int32.init(exactly:)), id >= 0 else {
                    throw malformed(record, "its prompt_token_ids are not all token ids")
                }
                return id
            }
            guard ids?.count == lists.count else {
                throw malformed(
                    record, "has \(ids?.count ?? 0) prompt_token_ids and \(lists.count) prompt_logprobs")
            }
        }
        for (position, value) in lists.elements.enumerated() {
            var place = TopPlace(
                sequence: sequences, sequenceID: id, position: position, tokenID: ids?[position], list: nil)
            if !value.isNull {
                let (list, first) = try parse(value, record: record, position: position, isPrompted: ids == nil)
                place.list = list
                if ids == nil { place.tokenID = first }
            }
            places.append(place)
        }
        sequences += 1
    }

    private func parse(
        _ value: JSONValue, record: RecordBatch.Record, position: Int, isPrompted: Bool = true
    ) throws -> (TopList, first: Int32?) {
        do throws(TopList.Failure) {
            let list = try TopList(value)
            return (list, isPrompted ? try TopList.prompted(value, in: list) : nil)
        } catch {
            throw malformed(record, "position \(position) \(error.reason)")
        }
    }

    private func malformed(_ record: RecordBatch.Record, _ reason: String) -> DivergenceError {
        DivergenceError(.malformed, path: path, "record \(record.row): \(reason)")
    }

    private static func id(_ object: JSONValue) -> String {
        object["request_id"]?.string ?? object["id"]?.string ?? ""
    }
}
