import Files
import JSON

/// A file of JSON lines, each with the `step` that it belongs to, which only grows, and is cut back where a run goes on from
/// an earlier step.
struct StepLines: ~Copyable, Sendable {
    private var file: AppendedFile

    /// The longest line in bytes.
    static let longestLine = 256 << 20

    /// Opens a file, and makes it where there is none.
    ///
    /// - Parameter step: the last step whose lines stay. The first line of a later one is cut off with all that follow, and so
    ///   is a last line that is not whole.
    init(path: String, keepingThrough step: Int) throws(LogError) {
        let kept = FileSystem.exists(path) ? try StepLines.bytes(ofFileAt: path, through: step) : 0
        do throws(FileError) {
            file = try AppendedFile(path: path, keeping: kept)
        } catch {
            throw LogError(error)
        }
    }

    /// Appends whole lines.
    mutating func append(_ lines: [UInt8]) throws(LogError) {
        do throws(FileError) {
            try file.append(lines)
        } catch {
            throw LogError(error)
        }
    }

    /// How many bytes the lines through a step have. Linear in the size of the file, in the memory of its longest line.
    private static func bytes(ofFileAt path: String, through step: Int) throws(LogError) -> Int {
        // Where nothing stays, it does not matter what there was.
        guard step > 0 else { return 0 }
        var kept = 0
        var number = 0
        var bytes: [UInt8] = []
        // How far a long line has been looked through for its end.
        var scanned = 0
        var source: ByteSource
        do throws(FileError) {
            source = try ByteSource(path: path, decompressing: false)
        } catch {
            throw LogError(error)
        }
        while true {
            do throws(FileError) {
                guard try source.read(appendingTo: &bytes, atMost: 1 << 20) > 0 else { return kept }
            } catch {
                throw LogError(error)
            }
            var start = 0
            while let end = bytes[max(start, scanned)...].firstIndex(of: 0x0A) {
                number += 1
                guard let found = StepLines.step(of: Array(bytes[start..<end])) else {
                    throw LogError(
                        .malformedLine, path: path, line: number,
                        "is no JSON object with a step; the file was changed, restore it or remove it")
                }
                guard found <= step else { return kept }
                kept += end + 1 - start
                start = end + 1
            }
            bytes.removeFirst(start)
            scanned = bytes.count
            guard bytes.count <= longestLine else {
                throw LogError(.lineTooLong, path: path, line: number + 1, "has more than \(longestLine) bytes")
            }
        }
    }

    private static func step(of line: [UInt8]) -> Int? {
        (try? JSONDocument.parsing(line))?.root["step"]?.int
    }
}
