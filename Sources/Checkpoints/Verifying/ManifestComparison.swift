import Files
import Tensors

/// A checkpoint beside the manifest that it should fit.
struct ManifestComparison: Sendable {
    /// A file of the manifest that is there and has the right size.
    struct OpenedFile: Sendable {
        let expected: CheckpointManifest.File
        let file: RandomAccessFile
    }

    typealias Problem = CheckpointVerification.Problem

    private let checkpoint: Checkpoint
    private let manifest: CheckpointManifest
    private let entries: [[UInt8]: CheckpointManifest.Tensor]

    init(manifest: CheckpointManifest, checkpoint: Checkpoint) {
        self.manifest = manifest
        self.checkpoint = checkpoint
        var entries: [[UInt8]: CheckpointManifest.Tensor] = [:]
        for tensor in manifest.tensors { entries[Array(tensor.description.name.utf8)] = tensor }
        self.entries = entries
    }

    /// What the manifest has of a tensor, where type and shape fit, so that digests can be compared.
    func comparableEntry(of tensor: StoredTensor) -> CheckpointManifest.Tensor? {
        entries[Array(tensor.name.utf8)].flatMap {
            $0.description.type == tensor.type && $0.description.shape == tensor.shape ? $0 : nil
        }
    }

    /// The files that the manifest lists, and what is wrong with them so far.
    func openFiles() -> (opened: [OpenedFile], problems: [Problem]) {
        let directory = ManifestComputation.directory(of: checkpoint)
        var opened: [OpenedFile] = []
        var problems: [Problem] = []
        for expected in manifest.files {
            func report(_ message: String) {
                problems.append(Problem(kind: .file, name: expected.path, message: message))
            }
            do throws(FileError) {
                let file = try RandomAccessFile(path: "\(directory)/\(expected.path)")
                guard file.size == expected.byteCount else {
                    report("has \(file.size) bytes; \(expected.byteCount) are in the manifest")
                    continue
                }
                opened.append(OpenedFile(expected: expected, file: file))
            } catch {
                report(error.message)
            }
        }
        let listed = Set(manifest.files.map { Array($0.path.utf8) })
        for path in ManifestComputation.dataPaths(of: checkpoint) where !listed.contains(Array(path.utf8)) {
            problems.append(Problem(kind: .file, name: path, message: "is not in the manifest"))
        }
        return (opened, problems)
    }

    /// Files that lie in the directory of the checkpoint and are not in the manifest, apart from those with tensors, which are
    /// problems. Only where the directory is the checkpoint: beside a single file lies what wants to.
    ///
    /// - Parameter manifestPath: a file that is not meant.
    func strangers(besides manifestPath: String?) -> [CheckpointWarning] {
        let directory = ManifestComputation.directory(of: checkpoint)
        guard checkpoint.directory != nil, let names = try? FileSystem.contents(ofDirectory: directory) else {
            return []
        }
        let known = Set(
            (manifest.files.map(\.path) + ManifestComputation.dataPaths(of: checkpoint)).map { Array($0.utf8) })
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.filter { name in
            let path = "\(directory)/\(name)"
            return !known.contains(Array(name.utf8)) && FileSystem.regularFileSize(at: path) != nil
                && !(manifestPath.map { FileSystem.isSameFile(path, $0) } ?? false)
        }.map { CheckpointWarning("the file '\($0)' lies in the directory, but is not in the manifest") }
    }

    /// What can be told without data: tensors that are missing, too many, or of another type or shape.
    func structuralProblems() -> [Problem] {
        var problems: [Problem] = []
        var present = Set<[UInt8]>()
        for tensor in checkpoint.tensors {
            let name = Array(tensor.name.utf8)
            present.insert(name)
            if case .unread = tensor.storage { continue }
            guard let expected = entries[name]?.description else {
                problems.append(Problem(kind: .tensor, name: tensor.name, message: "is not in the manifest"))
                continue
            }
            guard expected.type != tensor.type || expected.shape != tensor.shape else { continue }
            problems.append(
                Problem(
                    kind: .tensor, name: tensor.name,
                    message: "is \(tensor.type.name) \(tensor.shape); "
                        + "\(expected.type.name) \(expected.shape) in the manifest"))
        }
        for tensor in manifest.tensors where !present.contains(Array(tensor.description.name.utf8)) {
            problems.append(
                Problem(kind: .tensor, name: tensor.description.name, message: "is missing; the manifest has it"))
        }
        return problems
    }
}
