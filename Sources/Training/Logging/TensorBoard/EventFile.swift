import Files
import Glibc

/// A TensorBoard event file with scalars, under tags such as `train/loss`.
public struct EventFile: ~Copyable, Sendable {
    /// The file.
    public let path: String

    private var file: AppendedFile

    /// Begins a file in a directory, beside those that are there. TensorBoard reads them all as one run.
    ///
    /// - Parameters:
    ///   - directory: the run's directory.
    ///   - step: the step after which the run goes on; TensorBoard drops what earlier files have of later ones. 0 for a run
    ///     that begins, perhaps anew: then it drops all that they have.
    /// - Throws: ``LogError`` when it cannot be written.
    public init(directory: String, after step: Int) throws(LogError) {
        let time = EventFile.now
        // TensorBoard reads files in the order of their names, which begin with the time.
        let front = "\(directory)/events.out.tfevents.\(Int64(time)).\(EventFile.hostName).\(getpid())"
        var number = 0
        while FileSystem.exists("\(front).\(number)") { number += 1 }
        let path = "\(front).\(number)"
        self.path = path
        file = try EventFile.begun(path: path, time: time, after: step)
    }

    private static func begun(path: String, time: Double, after step: Int) throws(LogError) -> AppendedFile {
        do throws(FileError) {
            let others = try FileSystem.contents(ofDirectory: FileSystem.parent(of: path))
            let isFirst = !others.contains { $0.hasPrefix("events.out.tfevents.") }
            var file = try AppendedFile(path: path, keeping: 0)
            try file.append(EventRecord.header(time: time))
            // What a run that begins anew has before its first update is an evaluation, at step 0.
            if step > 0 || !isFirst { try file.append(EventRecord.restart(after: step > 0 ? step : -1, time: time)) }
            return file
        } catch {
            throw LogError(error)
        }
    }

    /// Writes the metrics of an update.
    ///
    /// - Throws: ``LogError``, say because the disk is full.
    public mutating func append(step: Int, _ metrics: [(name: String, value: Double)]) throws(LogError) {
        let tagged = metrics.map { (name: "train/\($0.name)", value: $0.value) }
        do throws(FileError) {
            try file.append(EventRecord.scalars(step: step, time: EventFile.now, tagged))
        } catch {
            throw LogError(error)
        }
    }

    /// Seconds since 1970.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The machine's name, as far as it can stand in a file's name.
    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 65)
        guard gethostname(&bytes, 64) == 0 else { return "localhost" }
        let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let isPlain = !name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        return isPlain ? String(decoding: name, as: UTF8.self) : "localhost"
    }
}
