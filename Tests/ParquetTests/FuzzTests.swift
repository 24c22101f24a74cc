import Glibc
import JSON
import TestFixtures
import Testing

@testable import Parquet

@Suite struct FuzzTests {
    /// Changes a few bytes of a file: single bits, bytes, words with extreme values, and what is cut out or doubled.
    private func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        let footer = Int(UInt32(bytes[bytes.count - 8]) | UInt32(bytes[bytes.count - 7]) << 8) + 8
        func place() -> Int {
            // Every other change hits the footer, where most decisions are made.
            Bool.random(using: &random)
                ? Int.random(in: max(0, bytes.count - footer)..<bytes.count, using: &random)
                : Int.random(in: 0..<bytes.count, using: &random)
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) where bytes.count > 16 {
            let at = place()
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 3:
                for offset in 0..<min(4, bytes.count - at) { bytes[at + offset] = [0xFF, 0xFF, 0xFF, 0x7F][offset] }
            case 4: bytes.remove(at: at)
            case 5: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            default:
                if Int.random(in: 0..<4, using: &random) == 0 {
                    bytes.removeLast(Int.random(in: 0..<bytes.count / 2, using: &random))
                } else {
                    let count = min(Int.random(in: 1...16, using: &random), bytes.count - at)
                    let from = Int.random(in: 0...(bytes.count - count), using: &random)
                    bytes.replaceSubrange(at..<(at + count), with: Array(bytes[from..<(from + count)]))
                }
            }
        }
        return bytes
    }

    /// Whatever happens to a file, it is read or refused; and a batch is never larger than was asked for.
    @Test(arguments: Golden.all) func damagedFilesAreReadOrRefused(_ golden: Golden) throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(golden.path)
        var random = SplitMix(seed: golden.name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        var refused = 0
        let count = 300
        for _ in 0..<count {
            let path = try directory.write("file.parquet", mutated(bytes, &random))
            do throws(ParquetError) {
                var reader = try ParquetReader(try ParquetFile(path: path))
                var rows = 0
                while rows < 10_000, let batch = try reader.nextBatch(maxBytes: 1 << 20, rowLimit: 1 << 20) {
                    rows += batch.count
                    for row in batch.rows { _ = JSONNode(row) }
                }
            } catch {
                #expect(error.path == path)
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        #expect(refused > count / 10)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #expect(usage.ru_maxrss < 2 << 20, "kilobytes of memory")
    }
}
