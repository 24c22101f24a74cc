/// Events of TensorBoard as records of a TFRecord file.
///
/// A record is the length of the data as 64 bits, a masked CRC-32C of these, the data, and a masked CRC-32C of them, all
/// little endian. The data are tensorflow's message Event in protobuf: wall_time (1), step (2), file_version (3), summary
/// (5) with values of tag (1) and simple_value (2), and session_log (7).
enum EventRecord {
    /// The first record of a file.
    static func header(time: Double) -> [UInt8] {
        framed(field(1, time) + field(3, Array("brain.Event:2".utf8)))
    }

    /// That the run goes on after `step`: TensorBoard drops what it has of later steps.
    static func restart(after step: Int, time: Double) -> [UInt8] {
        let sessionLog = field(1, integer: 1)
        return framed(field(1, time) + field(2, integer: step &+ 1) + field(7, sessionLog))
    }

    /// The scalars of a step.
    static func scalars(step: Int, time: Double, _ metrics: [(name: String, value: Double)]) -> [UInt8] {
        var summary: [UInt8] = []
        for metric in metrics {
            summary += field(1, field(1, Array(metric.name.utf8)) + field(2, Float(metric.value)))
        }
        return framed(field(1, time) + field(2, integer: step) + field(5, summary))
    }

    private static func framed(_ data: [UInt8]) -> [UInt8] {
        let length = bytes(UInt64(data.count))
        return length + bytes(MaskedChecksum.masked(length)) + data + bytes(MaskedChecksum.masked(data))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func field(_ number: UInt8, _ value: Double) -> [UInt8] {
        [number << 3 | 1] + bytes(value.bitPattern)
    }

    private static func field(_ number: UInt8, _ value: Float) -> [UInt8] {
        [number << 3 | 5] + bytes(value.bitPattern)
    }

    private static func field(_ number: UInt8, integer value: Int) -> [UInt8] {
        [number << 3] + variableLength(UInt64(bitPattern: Int64(value)))
    }

    private static func field(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
        [number << 3 | 2] + variableLength(UInt64(value.count)) + value
    }

    private static func variableLength(_ value: UInt64) -> [UInt8] {
        var rest = value
        var result: [UInt8] = []
        while rest > 0x7F {
            result.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}
