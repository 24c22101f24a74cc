import Files

/// The members of zip archives among the files of a checkpoint, whose checksums tell damage that headers don't.
struct ArchiveMember: Sendable {
    private let archive: ZipArchive
    private let entry: ZipArchive.Entry
    /// The path of the archive, as a manifest has it.
    let path: String

    /// The bytes of the content.
    var byteCount: Int { entry.size }

    /// All members of all archives, and what is wrong with archives that cannot be opened any more.
    static func members(
        of checkpoint: Checkpoint
    ) throws -> (found: [ArchiveMember], problems: [CheckpointVerification.Problem]) {
        var found: [ArchiveMember] = []
        var problems: [CheckpointVerification.Problem] = []
        for (file, path) in zip(checkpoint.files, ManifestComputation.dataPaths(of: checkpoint)) {
            do {
                guard try file.bytes(at: 0, count: min(2, file.size)).elementsEqual("PK".utf8) else { continue }
                let archive = try ZipArchive(file)
                found += archive.entries.map { ArchiveMember(archive: archive, entry: $0, path: path) }
            } catch let error as CheckpointError {
                problems.append(.init(kind: .file, name: path, message: error.message))
            } catch let error as FileError {
                problems.append(.init(kind: .file, name: path, message: error.message))
            }
        }
        return (found, problems)
    }

    /// Reads the member and compares its checksum.
    ///
    /// - Parameter report: called with bytes read.
    /// - Returns: what is wrong; nil where nothing is.
    func problem(through buffers: BlockBuffers, _ report: (Int) -> Void) throws -> CheckpointVerification.Problem? {
        do {
            guard try !archive.hasValidCRC(entry, through: buffers.source(1 << 20), report) else { return nil }
            return .init(
                kind: .file, name: path,
                message: "its entry '\(entry.name)' has not the checksum (CRC-32) that the archive gives: damaged, "
                    + "or written without checksums, as torch.serialization.set_crc32_options(False) does")
        } catch let error as CancellationError {
            throw error
        } catch let error as CheckpointError {
            return .init(kind: .file, name: path, message: error.message)
        } catch {
            return .init(kind: .file, name: path, message: "its entry '\(entry.name)' cannot be read: \(error)")
        }
    }
}
