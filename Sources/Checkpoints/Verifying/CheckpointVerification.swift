import Files
import Synchronization
import Tensors

/// Goes through a checkpoint and finds what is wrong with it.
///
/// Opening it has checked its structure. Here all data are read and decoded, compared with a manifest and with the checksums
/// of zip archives, and searched for numbers that are not finite; a problem of one tensor does not hide those of the others.
public struct CheckpointVerification: Sendable {
    /// Something that is wrong.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// What kind of problem it is. The raw value is its name in JSON.
        public enum Kind: String, Sendable, Hashable {
            /// Data that cannot be read or decoded.
            case unreadable
            /// A file that is missing, has another size or another digest than in the manifest, or is not in it; an archive
            /// with a member that does not have its checksum.
            case file
            /// A tensor that is missing, is of another type or shape or digest than in the manifest, or is not in it.
            case tensor
            /// A number that is not finite.
            case notFinite = "not_finite"
        }

        /// The kind.
        public let kind: Kind
        /// The name of the tensor, or the path of the file.
        public let name: String
        /// What is wrong.
        public let message: String

        /// The problem on one line.
        public var description: String { "\(kind == .file ? "file" : "tensor") '\(name)': \(message)" }
    }

    /// What was looked at and found.
    public struct Report: Sendable {
        /// Tensors whose data were read.
        public var tensorsRead = 0
        /// Tensors whose data cannot be read by design, such as quantised ones.
        public var tensorsUnread = 0
        /// Files whose digest was computed.
        public var filesRead = 0
        /// Members of zip archives whose checksum was computed.
        public var membersRead = 0
        /// Bytes that were read.
        public var bytesRead = 0
        /// What is wrong, files first, then tensors in the order of the checkpoint.
        public var problems: [Problem] = []
        /// What is out of order and no problem: files beside those of the manifest.
        public var warnings: [CheckpointWarning] = []
    }

    /// Whether data are read at all; without, only a manifest's sizes, types and shapes are compared.
    public var readsData = true
    /// Whether numbers that are not finite are problems.
    public var requiresFinite = false
    /// Whether infinities are none of these.
    public var allowsInfinities = false
    /// What the checkpoint should be.
    public var manifest: CheckpointManifest?
    /// Where the manifest lies, which is no file that it lacks.
    public var manifestPath: String?

    /// Reads everything, compares with nothing.
    public init() {}

    /// Verifies a checkpoint.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the bytes read so far and in all.
    /// - Throws: `CancellationError`; what is wrong with the checkpoint is in the report.
    /// - Complexity: each byte of tensors is read once, each byte of files once more with a manifest, and that of zip archives
    ///   once more for its checksum; a block a thread.
    public func run(
        _ checkpoint: Checkpoint, threads: Int,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> Report {
        var report = Report()
        let comparison = manifest.map { ManifestComparison(manifest: $0, checkpoint: checkpoint) }
        var files: [ManifestComparison.OpenedFile] = []
        if let comparison {
            let found = comparison.openFiles()
            files = readsData ? found.opened : []
            report.problems += found.problems + comparison.structuralProblems()
            report.warnings = comparison.strangers(besides: manifestPath)
        }
        let tensors = checkpoint.tensors.filter { tensor in
            if case .unread = tensor.storage { false } else { true }
        }
        report.tensorsUnread = checkpoint.tensors.count - tensors.count
        guard readsData else { return report }
        let members = try ArchiveMember.members(of: checkpoint)
        report.problems += members.problems
        let scan = VerificationScan(
            checkpoint: checkpoint, tensors: tensors, files: files, members: members.found, verification: self,
            comparison: comparison)
        report.problems += try scan.run(threads: threads, progress: progress)
        report.tensorsRead = tensors.count
        report.filesRead = files.count
        report.membersRead = members.found.count
        report.bytesRead = scan.byteCount
        return report
    }
}

/// The pass over all data.
private struct VerificationScan: Sendable {
    let checkpoint: Checkpoint
    let tensors: [StoredTensor]
    let files: [ManifestComparison.OpenedFile]
    let members: [ArchiveMember]
    let verification: CheckpointVerification
    let comparison: ManifestComparison?

    private typealias Problem = CheckpointVerification.Problem

    /// Of files, members and tensors, in this order.
    private var sizes: [Int] { files.map(\.file.size) + members.map(\.byteCount) + tensors.map(\.byteCount) }

    var byteCount: Int { sizes.reduce(0, &+) }

    func run(threads: Int, progress: @escaping @Sendable (Int, Int) -> Void) throws -> [CheckpointVerification.Problem]
    {
        let done = Mutex(0)
        let problems = Mutex([Int: [Problem]]())
        // Large jobs first, so that threads end at about the same time.
        let (sizes, total) = (sizes, byteCount)
        let order = sizes.indices.sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
        try Workers.run(jobs: order.count, threads: threads, state: { BlockBuffers() }) { number, buffers in
            let job = order[number]
            let report: (Int) -> Void = { count in
                done.withLock {
                    $0 += count
                    progress($0, total)
                }
            }
            let found = try check(job, through: buffers, report)
            if !found.isEmpty { problems.withLock { $0[job] = found } }
        }
        return problems.withLock { found in found.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private func check(_ job: Int, through buffers: BlockBuffers, _ report: (Int) -> Void) throws -> [Problem] {
        if job < files.count { return try check(files[job], through: buffers, report) }
        if job < files.count + members.count {
            return try members[job - files.count].problem(through: buffers, report).map { [$0] } ?? []
        }
        return try check(tensors[job - files.count - members.count], through: buffers, report)
    }

    private func check(
        _ opened: ManifestComparison.OpenedFile, through buffers: BlockBuffers, _ report: (Int) -> Void
    ) throws -> [Problem] {
        do {
            let digest = try ManifestComputation.digest(opened.file, through: buffers, report)
            guard digest != opened.expected.sha256 else { return [] }
            return [
                Problem(kind: .file, name: opened.expected.path, message: "its SHA-256 differs from the manifest's")
            ]
        } catch let error as CancellationError {
            throw error
        } catch {
            return [Problem(kind: .file, name: opened.expected.path, message: "cannot be read: \(error)")]
        }
    }

    private func check(
        _ tensor: StoredTensor, through buffers: BlockBuffers, _ report: (Int) -> Void
    ) throws -> [Problem] {
        var scan = NonFiniteScan(tensor.type, allowsInfinities: verification.allowsInfinities)
        if !verification.requiresFinite { scan = nil }
        let expected = comparison?.comparableEntry(of: tensor)
        var digest = try SHA256()
        do {
            try TensorBlocks(tensor, of: checkpoint).forEach(through: buffers) { block, offset in
                scan?.scan(block, at: offset)
                if expected != nil { digest.update(block) }
                report(block.count)
            }
        } catch let error as CancellationError {
            throw error
        } catch let error as CheckpointError {
            return [Problem(kind: .unreadable, name: tensor.name, message: error.message)]
        } catch {
            return [Problem(kind: .unreadable, name: tensor.name, message: "cannot be read: \(error)")]
        }
        var problems: [Problem] = []
        let found = try digest.finish()
        if let expected, found != expected.sha256 {
            problems.append(
                Problem(kind: .tensor, name: tensor.name, message: "its values differ from the manifest's (SHA-256)"))
        }
        if let scan, scan.isFinding {
            problems.append(Problem(kind: .notFinite, name: tensor.name, message: scan.message(shape: tensor.shape)))
        }
        return problems
    }
}
