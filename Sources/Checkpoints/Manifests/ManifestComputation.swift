public import Files
import Synchronization

/// Computes the digests of a checkpoint's files and tensors: each byte is read twice, in blocks, on several threads.
public struct ManifestComputation: Sendable {
    private enum Job: Sendable {
        case file(path: String, RandomAccessFile)
        case tensor(StoredTensor)

        var byteCount: Int {
            switch self {
            case .file(_, let file): file.size
            case .tensor(let tensor): tensor.byteCount
            }
        }
    }

    private let checkpoint: Checkpoint
    private let jobs: [Job]
    /// The bytes to read in all.
    public let byteCount: Int

    /// Plans to go through a checkpoint: its data files, its index, its companions, and every tensor that can be read.
    ///
    /// - Throws: `FileError` where a companion cannot be opened.
    public init(_ checkpoint: Checkpoint) throws(FileError) {
        try self.init(checkpoint, files: Self.files(of: checkpoint), tensors: checkpoint.tensors)
    }

    /// Plans to go through some files and tensors of a checkpoint.
    ///
    /// - Parameter files: with the paths that the manifest is to have for them.
    public init(
        _ checkpoint: Checkpoint, files: [(path: String, file: RandomAccessFile)], tensors: [StoredTensor]
    ) {
        self.checkpoint = checkpoint
        let readable = tensors.filter { tensor in
            if case .unread = tensor.storage { false } else { true }
        }
        // Large jobs first, so that threads end at about the same time.
        jobs = (files.map { Job.file(path: $0.path, $0.file) } + readable.map { Job.tensor($0) })
            .sorted { $0.byteCount > $1.byteCount }
        byteCount = jobs.reduce(0) { $0 &+ $1.byteCount }
    }

    /// The directory that the paths of a checkpoint's manifest are relative to: that of the file or index, or the model
    /// directory itself.
    public static func directory(of checkpoint: Checkpoint) -> String {
        if let directory = checkpoint.directory { return directory }
        if FileSystem.isDirectory(checkpoint.path) { return checkpoint.path }
        guard let slash = checkpoint.path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == checkpoint.path.startIndex ? "/" : String(checkpoint.path[..<slash])
    }

    /// The files of a checkpoint with their paths relative to its directory.
    ///
    /// - Throws: `FileError` where a companion or an index cannot be opened.
    private static func files(
        of checkpoint: Checkpoint
    ) throws(FileError) -> [(path: String, file: RandomAccessFile)] {
        let directory = directory(of: checkpoint)
        var files: [(path: String, file: RandomAccessFile)] = []
        var known = Set<[UInt8]>()
        func add(_ file: RandomAccessFile) {
            let path = relative(file.path, to: directory)
            if known.insert(Array(path.utf8)).inserted { files.append((path, file)) }
        }
        for file in checkpoint.files { add(file) }
        if !FileSystem.isDirectory(checkpoint.path) { add(try RandomAccessFile(path: checkpoint.path)) }
        for name in checkpoint.companions { add(try RandomAccessFile(path: "\(directory)/\(name)")) }
        return files
    }

    /// The paths of the files with tensors, as a manifest has them.
    static func dataPaths(of checkpoint: Checkpoint) -> [String] {
        let directory = directory(of: checkpoint)
        return checkpoint.files.map { relative($0.path, to: directory) }
    }

    private static func relative(_ path: String, to directory: String) -> String {
        var path = path
        let front = directory.hasSuffix("/") ? directory : directory + "/"
        if path.hasPrefix(front) { path.removeFirst(front.count) }
        while path.hasPrefix("/") { path.removeFirst() }
        while path.hasPrefix("./") { path.removeFirst(2) }
        return path
    }

    /// Reads everything.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the bytes read so far.
    /// - Throws: ``CheckpointError``, `FileError`, `CancellationError`.
    public func run(
        threads: Int, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> CheckpointManifest {
        let (jobs, checkpoint, total) = (jobs, checkpoint, byteCount)
        let digests = Mutex([String](repeating: "", count: jobs.count))
        let done = Mutex(0)
        try Workers.run(jobs: jobs.count, threads: threads, state: { BlockBuffers() }) { number, buffers in
            let report: (Int) -> Void = { count in
                done.withLock {
                    $0 += count
                    progress($0, total)
                }
            }
            let digest =
                switch jobs[number] {
                case .file(_, let file): try Self.digest(file, through: buffers, report)
                case .tensor(let tensor): try Self.digest(tensor, of: checkpoint, through: buffers, report)
                }
            digests.withLock { $0[number] = digest }
        }
        return Self.manifest(jobs, digests.withLock { $0 })
    }

    private static func manifest(_ jobs: [Job], _ digests: [String]) -> CheckpointManifest {
        var files: [CheckpointManifest.File] = []
        var tensors: [CheckpointManifest.Tensor] = []
        for (job, digest) in zip(jobs, digests) {
            switch job {
            case .file(let path, let file):
                files.append(CheckpointManifest.File(path: path, byteCount: file.size, sha256: digest))
            case .tensor(let tensor):
                tensors.append(
                    CheckpointManifest.Tensor(tensor.description, byteCount: tensor.byteCount, sha256: digest))
            }
        }
        return CheckpointManifest(files: files, tensors: tensors)
    }

    private static func digest(
        _ tensor: StoredTensor, of checkpoint: Checkpoint, through buffers: BlockBuffers, _ report: (Int) -> Void
    ) throws -> String {
        var digest = try SHA256()
        try TensorBlocks(tensor, of: checkpoint).forEach(through: buffers) { block, _ in
            digest.update(block)
            report(block.count)
        }
        return try digest.finish()
    }

    static func digest(
        _ file: RandomAccessFile, through buffers: BlockBuffers, _ report: (Int) -> Void
    ) throws -> String {
        var digest = try SHA256()
        var offset = 0
        while offset < file.size {
            let block = buffers.source(min(1 << 20, file.size - offset))
            try file.readFully(at: offset, into: block, tensor: nil)
            digest.update(UnsafeRawBufferPointer(block))
            report(block.count)
            offset += block.count
        }
        return try digest.finish()
    }
}
