/// Parquet's hybrid of runs and bit-packed groups of eight, for levels and dictionary indices.
///
/// Takes whole runs at once, so that the levels of a list of a million values cost next to nothing.
struct RunLengthEncoder {
    private let width: Int
    /// The finished runs.
    private var bytes: [UInt8] = []
    private var previous: UInt32 = 0
    /// How often `previous` came without a break since the last group was stored.
    private var runLength = 0
    private var pending: [UInt32] = []
    /// Where the header of the bit-packed run lies that may still grow, and its groups.
    private var packedRun: (header: Int, groups: Int)?

    /// One byte of header holds at most 63 groups.
    private static let maximumGroups = 63

    /// - Parameter width: the bits of a value, in 0...32.
    init(width: Int) {
        self.width = width
        pending.reserveCapacity(8)
    }

    /// Bytes that the encoding takes so far, within a few.
    var byteCount: Int { bytes.count + pending.count * width / 8 }

    /// Appends `value` so many times.
    mutating func append(_ value: UInt32, count: Int = 1) {
        var rest = count
        while rest > 0 {
            if value == previous, runLength >= 8 {
                runLength += rest
                return
            }
            rest -= 1
            appendOne(value)
        }
    }

    private mutating func appendOne(_ value: UInt32) {
        if value == previous {
            runLength += 1
            // All of the pending values belong to the run then: a full group would have been stored.
            if runLength >= 8 {
                pending.removeAll(keepingCapacity: true)
                return
            }
        } else {
            if runLength >= 8 { storeRun() }
            previous = value
            runLength = 1
        }
        pending.append(value)
        if pending.count == 8 { storeGroup() }
    }

    private mutating func storeRun() {
        packedRun = nil
        bytes.appendVarint(UInt64(runLength) << 1)
        for byte in 0..<(width + 7) / 8 { bytes.append(UInt8(truncatingIfNeeded: previous >> (8 * UInt32(byte)))) }
        runLength = 0
    }

    private mutating func storeGroup() {
        if let run = packedRun, run.groups < Self.maximumGroups {
            packedRun = (run.header, run.groups + 1)
        } else {
            packedRun = (bytes.count, 1)
            bytes.append(0)
        }
        if let run = packedRun { bytes[run.header] = UInt8(run.groups) << 1 | 1 }
        bytes.appendPacked(pending, width: width)
        pending.removeAll(keepingCapacity: true)
        // Some of an equal stretch may just have been packed.
        runLength = 0
    }

    /// Ends the encoding and begins a new one.
    mutating func finish() -> [UInt8] {
        if runLength >= 8 {
            storeRun()
        } else if !pending.isEmpty {
            // The number of values in the page says that the zeros at the end are none.
            pending += repeatElement(0, count: 8 - pending.count)
            storeGroup()
        }
        defer { self = RunLengthEncoder(width: width) }
        return bytes
    }
}

extension [UInt8] {
    /// Appends eight values of `width` bits each, the low bits first.
    fileprivate mutating func appendPacked(_ values: [UInt32], width: Int) {
        var buffer: UInt64 = 0
        var filled = 0
        for value in values {
            buffer |= UInt64(value) << UInt64(filled)
            filled += width
            while filled >= 8 {
                append(UInt8(truncatingIfNeeded: buffer))
                buffer >>= 8
                filled -= 8
            }
        }
    }
}
