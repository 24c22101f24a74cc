import Divergences
import Files
import PrefixDatasets

/// What a path leads to.
enum InputKind {
    case traces, dataset, diagnosis, checkpoint

    private static let indexEndings = [".safetensors.index.json", ".bin.index.json", ".weights.json"]

    /// Whether the path is named like a trace file and not like the index of a checkpoint.
    static func isTraceFile(_ path: String) -> Bool {
        TraceFiles.isTraceFile(path) && !FileSystem.isDirectory(path) && !isCheckpointIndex(path)
            && !isDatasetIndex(path)
    }

    private static func isCheckpointIndex(_ path: String) -> Bool {
        indexEndings.contains { path.hasSuffix($0) }
    }

    private static func isDatasetIndex(_ path: String) -> Bool {
        (path == "index.json" || path.hasSuffix("/index.json")) && DatasetFiles.isIndex(path)
    }

    /// Looks at the name of a trace file, and otherwise at the content. Returns in a child process where libhdf5 looks at it.
    ///
    /// - Parameters:
    ///   - isDataset: whether it is to be a dataset, whatever it looks like.
    ///   - isCheckpoint: whether it is to be a checkpoint unless it is named like a trace file.
    /// - Throws: `FileError` where there is nothing, `GuardedProcessError`.
    init(of path: String, isDataset: Bool, isCheckpoint: Bool = false) throws {
        if InputKind.isTraceFile(path) {
            self = .traces
        } else if isCheckpoint {
            self = .checkpoint
        } else if FileSystem.isDirectory(path) {
            // Also a directory of shards that is not finished yet.
            let isShards = ["index.json", "plan.json"].contains { FileSystem.exists("\(path)/\($0)") }
            self = isDataset || isShards ? .dataset : .checkpoint
        } else if isDataset || InputKind.isDatasetIndex(path) {
            self = .dataset
        } else if try InputKind.isHDF5(path) {
            // Nothing but libhdf5 tells them apart.
            try GuardedProcess.protect(path)
            self =
                PrefixDataset.isRecognised(path)
                ? .dataset : DiagnosisFile.isRecognised(path) ? .diagnosis : .checkpoint
        } else {
            self = .checkpoint
        }
    }

    /// Whether an HDF5 file begins at byte 0, 512 or a doubling of it.
    private static func isHDF5(_ path: String) throws -> Bool {
        let file = try RandomAccessFile(path: path)
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        var offset = 0
        while offset + signature.count <= file.size {
            if try file.bytes(at: offset, count: signature.count) == signature { return true }
            offset = offset == 0 ? 512 : offset * 2
        }
        return false
    }
}
