/// Decodes byte arrays. The lengths of the next values can be had before their bytes are copied, so that nothing is copied
/// beyond what the caller has room for.
struct BytesDecoder {
    private enum Source {
        /// Each value with its length before it.
        case plain(ByteSlice, position: Int)
        /// Values of one length, end to end.
        case fixed(ByteSlice, length: Int, position: Int)
        case dictionary(RunLengthDecoder, ByteSlice, starts: [UInt32], lengths: [UInt32])
        /// Lengths first, then the bytes end to end.
        case lengths(DeltaDecoder, ByteSlice, position: Int)
        /// How much of the value before each one repeats, the lengths of the rest, then the rests end to end.
        case prefixes(DeltaDecoder, DeltaDecoder, ByteSlice, position: Int)
        /// The first bytes of all values of one length, then the second bytes, and so on.
        case split(ByteSlice, length: Int, index: Int)
    }

    /// Where the next values lie: `lengths` of them, each a shared `prefix` of the value before, then bytes from `starts`.
    private struct Window {
        var next = 0
        var starts: [Int] = []
        var lengths: [Int] = []
        var prefixes: [Int] = []
    }

    private var source: Source
    private var window = Window()
    private var previous: [UInt8] = []
    /// The length that each value must have; nil where lengths differ.
    private let fixedLength: Int?

    /// Begins with the values of a page.
    init(
        _ values: ByteSlice, encoding: Int32, type: PhysicalType, length: Int, dictionary: PageDictionary?
    ) throws(ParquetFailure) {
        let fixed = type == .byteArray ? nil : type == .int96 ? 12 : length
        fixedLength = fixed
        switch PageEncoding(rawValue: encoding) {
        case .plain:
            source = fixed.map { .fixed(values, length: $0, position: 0) } ?? .plain(values, position: 0)
        case .plainDictionary, .runLengthDictionary:
            guard case .bytes(let page, let starts, let lengths)? = dictionary else { throw PageDictionary.missing }
            source = .dictionary(try RunLengthDecoder(indices: values), page, starts: starts, lengths: lengths)
        case .deltaLengthByteArray where type == .byteArray:
            let lengths = try DeltaDecoder(values)
            source = .lengths(lengths, values, position: try lengths.end())
        case .deltaByteArray where type != .int96:
            let prefixes = try DeltaDecoder(values)
            guard let rest = values.suffix(from: try prefixes.end()) else { throw BytesDecoder.tooFew }
            let suffixes = try DeltaDecoder(rest)
            source = .prefixes(prefixes, suffixes, rest, position: try suffixes.end())
        case .byteStreamSplit where type == .fixedLengthByteArray:
            source = .split(values, length: length, index: 0)
        default:
            throw ParquetFailure.unsupported(encoding, type)
        }
    }

    private static let tooFew = ParquetFailure(
        .corruptValues, "a page holds fewer bytes or values than it says, or a value with a wrong length")

    /// Looks `count` values ahead, unless they are known already. At most a few thousand: they are kept until taken.
    mutating func prepare(_ count: Int) throws(ParquetFailure) {
        let known = window.lengths.count - window.next
        guard known < count else { return }
        window.starts.removeFirst(window.next)
        window.lengths.removeFirst(window.next)
        if !window.prefixes.isEmpty { window.prefixes.removeFirst(window.next) }
        window.next = 0
        try look(count - known)
    }

    /// The length of a value that ``prepare(_:)`` has looked at, from 0 for the next one.
    @inline(__always)
    func length(_ index: Int) -> Int { window.lengths[window.next + index] }

    private mutating func look(_ count: Int) throws(ParquetFailure) {
        switch source {
        case .plain(let bytes, var position):
            for _ in 0..<count {
                guard let length = bytes.integer(at: position, as: UInt32.self),
                    Int(length) <= bytes.count - position - 4
                else { throw BytesDecoder.tooFew }
                window.starts.append(position + 4)
                window.lengths.append(Int(length))
                position += 4 + Int(length)
            }
            source = .plain(bytes, position: position)
        case .fixed(let bytes, let length, let position):
            guard count <= (bytes.count - position) / length else { throw BytesDecoder.tooFew }
            for index in 0..<count {
                window.starts.append(position + index * length)
                window.lengths.append(length)
            }
            source = .fixed(bytes, length: length, position: position + count * length)
        case .dictionary(var runs, let bytes, let starts, let lengths):
            let indices = try BytesDecoder.scratch(count, of: UInt32.self) { (indices) throws(ParquetFailure) in
                try runs.decode(into: indices)
            }
            for index in indices {
                guard Int(index) < starts.count else { throw PageDictionary.outOfRange(index, starts.count) }
                window.starts.append(Int(starts[Int(index)]))
                window.lengths.append(Int(lengths[Int(index)]))
            }
            source = .dictionary(runs, bytes, starts: starts, lengths: lengths)
        case .lengths(var deltas, let bytes, var position):
            let lengths = try BytesDecoder.scratch(count, of: Int64.self) { (lengths) throws(ParquetFailure) in
                try deltas.decode(into: lengths)
            }
            for length in lengths {
                guard length >= 0, length <= Int64(bytes.count - position) else { throw BytesDecoder.tooFew }
                window.starts.append(position)
                window.lengths.append(Int(length))
                position += Int(length)
            }
            source = .lengths(deltas, bytes, position: position)
        case .prefixes(var prefixes, var suffixes, let bytes, var position):
            let shared = try BytesDecoder.scratch(count, of: Int64.self) { (target) throws(ParquetFailure) in
                try prefixes.decode(into: target)
            }
            let rests = try BytesDecoder.scratch(count, of: Int64.self) { (target) throws(ParquetFailure) in
                try suffixes.decode(into: target)
            }
            var before = window.lengths.last ?? previous.count
            for (prefix, rest) in zip(shared, rests) {
                guard prefix >= 0, prefix <= Int64(before), rest >= 0, rest <= Int64(bytes.count - position) else {
                    throw BytesDecoder.tooFew
                }
                before = Int(prefix + rest)
                guard fixedLength ?? before == before else { throw BytesDecoder.tooFew }
                window.starts.append(position)
                window.lengths.append(before)
                window.prefixes.append(Int(prefix))
                position += Int(rest)
            }
            source = .prefixes(prefixes, suffixes, bytes, position: position)
        case .split(let bytes, let length, let index):
            guard count <= bytes.count / length - index else { throw BytesDecoder.tooFew }
            for place in 0..<count {
                window.starts.append(index + place)
                window.lengths.append(length)
            }
            source = .split(bytes, length: length, index: index + count)
        }
    }

    private static func scratch<Word: FixedWidthInteger>(
        _ count: Int, of type: Word.Type, _ body: (UnsafeMutableBufferPointer<Word>) throws(ParquetFailure) -> Void
    ) throws(ParquetFailure) -> [Word] {
        var words = [Word](repeating: 0, count: count)
        try words.withUnsafeMutableBufferPointer { (all) throws(ParquetFailure) in try body(all) }
        return words
    }

    /// Copies the next `count` values, which ``prepare(_:)`` has looked at and which have `total` bytes; `ends` becomes
    /// where each of them ends.
    mutating func append(
        _ count: Int, bytes total: Int, to target: inout ByteStore, _ ends: inout [Int], pool: BufferPool?
    ) throws(ParquetFailure) {
        let range = window.next..<(window.next + count)
        window.next += count
        try target.grow(by: total, pool: pool)
        ends.reserveCapacity(ends.count + count)
        switch source {
        case .plain(let page, _), .fixed(let page, _, _), .dictionary(_, let page, _, _), .lengths(_, let page, _):
            page.withBytes { page in
                for index in range {
                    let part = page[checked: window.starts[index], window.lengths[index]]
                    if part.count <= ByteBuffer.padding { target.appendShort(part) } else { target.append(part) }
                    ends.append(target.count)
                }
            }
        case .prefixes(_, _, let page, _):
            page.withBytes { page in
                for index in range {
                    let (prefix, start) = (window.prefixes[index], window.starts[index])
                    previous.removeLast(previous.count - prefix)
                    previous.append(contentsOf: page[checked: start, window.lengths[index] - prefix])
                    previous.withUnsafeBufferPointer { target.append($0) }
                    ends.append(target.count)
                }
            }
        case .split(let page, let length, _):
            let total = page.count / length
            var value = [UInt8](repeating: 0, count: length)
            for index in range {
                for byte in 0..<length { value[byte] = page.byte(at: byte * total + window.starts[index]) ?? 0 }
                value.withUnsafeBufferPointer { target.append($0) }
                ends.append(target.count)
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// A part of these bytes; the decoder has checked it before, and a mistake there traps here.
    @inline(__always)
    fileprivate subscript(checked start: Int, length: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(start >= 0 && length >= 0 && start <= count && length <= count - start, "bytes outside a page")
        return UnsafeBufferPointer(rebasing: self[start..<(start + length)])
    }
}
